import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { askMain } from './ask-main.ts'
import { serveControl } from './control-server.ts'
import type { ControlOffer } from './control-server.ts'
import { Heartbeat } from './heartbeat.ts'
import { nowMicros } from './micros-clock.ts'
import { nameOf } from './run-reading.ts'
import { nobody } from './samples.ts'
import type { Label } from './samples.ts'
import { StallLog } from './stall-log.ts'
import type { StallRecord } from './stall-log.ts'
import { StallWatch } from './stall-watch.ts'
import type { Stall, StallEvent, StallLimits } from './stall-watch.ts'
import { mainThreadSchedule, mainThreadWaitsFor } from './thread-schedule.ts'

/** What the watching thread is started with. */
export interface WatchOrders extends StallLimits {
  readonly beat: SharedArrayBuffer
  readonly label: SharedArrayBuffer
  readonly stallFile: string | undefined
  readonly control: ControlOffer | undefined
}

/** A label that has been made, and its number. */
export type WatchNews = readonly [number, Label]

const stderrDescriptor = 2
const patienceMs = 2000
/** From when on whoever waits at the terminal is told. */
const longMs = 10_000

/** The watching thread: notices when the main one hangs, records where, and ends the process if a stall burns too much CPU. Also answers
 *  whoever asks through the socket. It never hurts the run: what goes wrong here is kept quiet. */
export function watchMain(): void {
  const port = parentPort
  if (port === null) throw new Error('the watchdog is started as a worker thread')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
  const orders = workerData as WatchOrders
  const watcher = new Watcher(orders)
  port.on('message', ([number, label]: WatchNews) => watcher.labels.set(number, label))
  port.unref()
  // oxlint-disable-next-line eslint/no-restricted-globals -- the clock of the watchdog
  setInterval(() => watcher.look(), Math.max(5, orders.thresholdMs / 2))
  if (orders.control !== undefined) serveControl(orders.control, watcher)
}

class Watcher {
  readonly labels = new Map<number, Label>()
  readonly #heart: Heartbeat
  readonly #watch: StallWatch
  readonly #log: StallLog | undefined
  #current: Pick<StallRecord, 'pid' | 'at' | 'waitsFor' | keyof Label> | undefined
  #hasTold = false

  constructor(orders: WatchOrders) {
    this.#heart = new Heartbeat(orders.beat, orders.label)
    this.#watch = new StallWatch(orders)
    this.#log = orders.stallFile === undefined ? undefined : new StallLog(orders.stallFile)
  }

  /** Milliseconds since the main thread was in its loop. */
  get beatAgeMs(): number {
    return Math.max(0, (nowMicros() - this.#heart.lastMicros) / 1000)
  }

  get label(): Label {
    return this.labels.get(this.#heart.labelNumber) ?? nobody
  }

  look(): void {
    const look = { now: nowMicros(), beat: this.#heart.lastMicros, schedule: mainThreadSchedule() }
    const event = this.#watch.look(look)
    if (event === undefined) this.#tellIfLong()
    else this.#record(event)
  }

  #record({ kind, stall }: StallEvent): void {
    // Where it began is where it hung; by its end the thread is elsewhere.
    if (kind === 'begun') {
      const at = Math.round(wallClockOf(stall.since))
      this.#current = { pid: process.pid, at, ...this.label, waitsFor: mainThreadWaitsFor() }
    }
    const about = this.#current
    if (about === undefined) return
    const note = (last: Pick<StallRecord, 'kind' | 'stack'>): void => {
      try {
        this.#log?.add({ ...about, ...numbersOf(stall), ...last })
      } catch {
        // A full disk costs the sync nothing.
      }
    }
    note({ kind, stack: '' })
    if (kind === 'ended') this.#hasTold = false
    if (kind === 'burnt') this.#end(stall)
    if (kind !== 'begun') return
    const noteStack = async (): Promise<void> => {
      const answer = await askMain(undefined, patienceMs)
      if (answer !== undefined) note({ kind, stack: answer.stack })
    }
    void noteStack()
  }

  #tellIfLong(): void {
    if (this.#hasTold || this.beatAgeMs < longMs) return
    this.#hasTold = true
    const where = nameOf(this.label)
    tell(
      `mailmirror: nothing has moved for ${longMs / 1000} s${where === '' ? '' : ` in ${where}`}; \`mailmirror profile dump ${process.pid}\` says where`,
    )
  }

  /** Nothing else ends a thread that does not come back: no exit, no signal that has a handler. */
  #end({ cpuMs = 0 }: Stall): void {
    const where = nameOf(this.label)
    tell(
      `mailmirror: ended, since ${where === '' ? 'something' : where} has kept the main thread busy for ${Math.round(cpuMs / 1000)} s; this is a bug in mailmirror, and nothing that was stored is lost`,
    )
    process.kill(process.pid, 'SIGKILL')
  }
}

function numbersOf({ ms, cpuMs, queueMs, verdict }: Stall) {
  return { ms: Math.round(ms), cpuMs: rounded(cpuMs), queueMs: rounded(queueMs), verdict }
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value)
}

/** Milliseconds since 1970 of an instant by `nowMicros`. */
function wallClockOf(micros: number): number {
  // oxlint-disable-next-line eslint/no-restricted-properties -- the file is read by people and later runs
  return Date.now() - (nowMicros() - micros) / 1000
}

/** Mailboxes are named by servers: what is not plain is left out. */
function tell(text: string): void {
  try {
    writeSync(stderrDescriptor, `${text.replaceAll(/[^\u0020-\u007e]/g, '?')}\n`)
  } catch {
    // Nobody reads.
  }
}
