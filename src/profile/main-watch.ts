import { Worker } from 'node:worker_threads'
import { makeControlPlace, removeControlPlace } from './control-place.ts'
import type { ControlPlace } from './control-place.ts'
import type { Heartbeat } from './heartbeat.ts'
import { openProbe } from './main-probe.ts'
import type { ProbeParts } from './main-probe.ts'
import { nowMicros } from './micros-clock.ts'
import type { Label } from './samples.ts'
import type { StallLimits } from './stall-watch.ts'
import type { WatchNews, WatchOrders } from './watch-main.ts'

export interface MainWatchOptions extends StallLimits {
  readonly probe: ProbeParts
  readonly heart: Heartbeat
  /** Labels that have been made by now. */
  readonly labels: readonly Label[]
  readonly stallFile: string | undefined
  /** Folders in which the socket may be. */
  readonly bases: readonly string[]
}

/** Has this thread, the main one, watched by another. */
export class MainWatch {
  readonly #worker: Worker
  readonly #probe: Disposable
  readonly #place: ControlPlace | undefined
  readonly #timer: NodeJS.Timeout

  constructor({ probe, heart, labels, bases, ...orders }: MainWatchOptions) {
    this.#place = makeControlPlace(bases)
    this.#probe = openProbe(probe)
    heart.beat(nowMicros())
    const control = this.#place && { socket: this.#place.socket, token: this.#place.token }
    const workerData: WatchOrders = { ...orders, control, beat: heart.shared, label: heart.label }
    this.#worker = new Worker(new URL('../watchdog-thread.js', import.meta.url), {
      name: 'watchdog',
      workerData,
      execArgv: [],
    })
    // One that has died must not hurt the run.
    this.#worker.on('error', () => undefined)
    this.#worker.unref()
    labels.forEach((label, number) => this.labelled(number, label))
    // oxlint-disable-next-line eslint/no-restricted-globals -- the beat of this thread's loop
    this.#timer = setInterval(() => heart.beat(nowMicros()), Math.max(5, orders.thresholdMs / 4))
    this.#timer.unref()
  }

  labelled(number: number, label: Label): void {
    this.#worker.postMessage([number, label] satisfies WatchNews)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#probe[Symbol.dispose]()
    void this.#worker.terminate()
    if (this.#place !== undefined) removeControlPlace(this.#place)
  }
}
