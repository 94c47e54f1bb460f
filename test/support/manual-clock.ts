import { AppError } from '../../src/model/errors.ts'
import type { Clock } from '../../src/sync/ports.ts'

const interrupted = (): AppError => new AppError({ code: 'INTERRUPTED', message: 'interrupted while waiting' })

const stepMs = 10_000

interface Waiting {
  readonly atMs: number
  readonly wake: () => void
}

/** A clock that goes on when it is told to: nothing in a test waits for real time. */
export class ManualClock implements Clock {
  #nowMs = 0
  readonly #shortMs: number
  readonly #waiting = new Set<Waiting>()
  /** The wall's clock, which may jump. */
  wallMs = Date.UTC(2026, 10, 28)

  /** Waits of less than `shortMs` are cut to nothing. */
  constructor(shortMs = 0) {
    this.#shortMs = shortMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  random(): number {
    return 0.5
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  async delay(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw interrupted()
    if (ms < this.#shortMs) {
      await new Promise((resolve) => setImmediate(resolve))
      return
    }
    const turn = Promise.withResolvers<void>()
    const waiting = { atMs: this.#nowMs + ms, wake: () => turn.resolve() }
    this.#waiting.add(waiting)
    const abandon = (): void => turn.reject(interrupted())
    signal.addEventListener('abort', abandon, { once: true })
    try {
      await turn.promise
    } finally {
      this.#waiting.delete(waiting)
      signal.removeEventListener('abort', abandon)
    }
  }

  /** Both clocks go on by so much, step by step, so that whoever waits again and again has all of its turns. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      const step = Math.min(left, stepMs)
      this.#nowMs += step
      this.wallMs += step
      for (const one of [...this.#waiting].toSorted((one, other) => one.atMs - other.atMs)) {
        if (one.atMs <= this.#nowMs) one.wake()
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
