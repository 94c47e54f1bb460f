import type { Clock } from '../sync/ports.ts'

/** A signal that fires with `signal`, or after `limitMs`. Dispose it, or the wait keeps the process alive. */
export class TimeLimit implements Disposable {
  readonly signal: AbortSignal
  /** When it fires for lack of time, on the clock's monotonic scale; undefined: never. */
  readonly deadlineMs: number | undefined
  // Held here, and not only by the wait: AbortSignal.any refers to its sources weakly, and Node 24 forgets one that has
  // fired and been collected before anybody looked (seen in 24.21.0).
  readonly #limit = new AbortController()
  readonly #done = new AbortController()

  constructor(clock: Clock, signal: AbortSignal, limitMs: number | undefined) {
    this.deadlineMs = limitMs === undefined ? undefined : clock.monotonicMs() + limitMs
    if (limitMs === undefined) this.signal = signal
    else {
      this.signal = AbortSignal.any([signal, this.#limit.signal])
      clock.delay(limitMs, this.#done.signal).then(
        () => this.#limit.abort(),
        // Disposed of before its time.
        () => undefined,
      )
    }
  }

  [Symbol.dispose](): void {
    this.#done.abort()
  }
}
