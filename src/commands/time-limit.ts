import type { Clock } from '../sync/ports.ts'

/** A signal that fires with `signal`, or after `limitMs`. Dispose it, or the wait keeps the process alive. */
export class TimeLimit implements Disposable {
  readonly signal: AbortSignal
  readonly #done = new AbortController()

  constructor(clock: Clock, signal: AbortSignal, limitMs: number | undefined) {
    if (limitMs === undefined) this.signal = signal
    else {
      const limit = new AbortController()
      this.signal = AbortSignal.any([signal, limit.signal])
      clock.delay(limitMs, this.#done.signal).then(
        () => limit.abort(),
        // Disposed of before its time.
        () => undefined,
      )
    }
  }

  [Symbol.dispose](): void {
    this.#done.abort()
  }
}
