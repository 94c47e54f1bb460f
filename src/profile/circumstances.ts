import type { Ceiling, LockWait, ThreadTimes } from '../model/lane.ts'
import { cleanName } from './run-profile.ts'
import type { AccountCeiling, LockSums } from './run-profile.ts'
import { scheduleBetween } from './schedule.ts'
import type { Schedule, ScheduleReading } from './schedule.ts'

/** What surrounds a run: who held its store, what its servers bear, how busy the machine was. */
export class Circumstances {
  readonly #locks: (LockSums & { micros: number })[] = []
  readonly #ceilings = new Map<string, AccountCeiling>()
  readonly #writer = { cpuMicros: 0, queueMicros: 0 }
  readonly #readSchedule: () => ScheduleReading | undefined
  readonly #before: ScheduleReading | undefined

  constructor(readSchedule: () => ScheduleReading | undefined) {
    this.#readSchedule = readSchedule
    this.#before = readSchedule()
  }

  lockWaited({ lock, holder, micros }: LockWait): void {
    const { pid = 0, program = '' } = holder ?? {}
    const known = this.#locks.find((one) => one.lock === lock && one.pid === pid)
    if (known === undefined) this.#locks.push({ lock, pid, program: cleanName(program), micros })
    else known.micros += micros
  }

  threadEnded({ cpuMicros, queueMicros }: ThreadTimes): void {
    this.#writer.cpuMicros += cpuMicros
    this.#writer.queueMicros += queueMicros
  }

  /** The last one counts; what was wanted at first is what was wanted. */
  ceilingMet(name: string, { borne, wanted }: Ceiling): void {
    const account = cleanName(name)
    this.#ceilings.set(account, { account, borne, wanted: Math.max(wanted, this.#ceilings.get(account)?.wanted ?? 0) })
  }

  get locks(): readonly LockSums[] {
    return this.#locks.map((one) => ({ ...one }))
  }

  get ceilings(): readonly AccountCeiling[] {
    return [...this.#ceilings.values()]
  }

  scheduleUntilNow(elapsedMicros: number): Schedule | undefined {
    const after = this.#readSchedule()
    if (this.#before === undefined || after === undefined) return undefined
    return scheduleBetween(this.#before, after, { writer: this.#writer, elapsedMicros })
  }
}
