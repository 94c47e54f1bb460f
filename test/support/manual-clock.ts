import { AppError } from '../../src/model/errors.ts'
import type { Clock } from '../../src/sync/ports.ts'

interface Waiting {
  readonly atMs: number
  readonly wake: () => void
}

/** A clock that goes on when it is told to: nothing in a test waits for real time. */
export class ManualClock implements Clock {
  #nowMs = 0
  readonly #waiting = new Set<Waiting>()
  /** The wall's clock, which may jump. */
  wallMs = Date.UTC(2026, 10, 28)

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
    const interrupted = (): AppError => new AppError({ code: 'INTERRUPTED', message: 'interrupted while waiting' })
    if (signal.aborted) throw interrupted()
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

  /** Both clocks go on by so much. */
  advance(ms: number): void {
    this.#nowMs += ms
    this.wallMs += ms
    for (const one of [...this.#waiting].toSorted((left, right) => left.atMs - right.atMs)) {
      if (one.atMs <= this.#nowMs) one.wake()
    }
  }
}
