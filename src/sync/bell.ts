import { AppError } from '../model/errors.ts'
import type { Clock } from './ports.ts'

/** Wakes the one who waits; rung before, the next wait is over at once. */
export class Bell {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #isRung = false
  #wake: (() => void) | undefined

  /** `signal` ends every wait. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  /** Nobody waits any more. */
  isOver(): boolean {
    return this.#signal.aborted
  }

  ring(): void {
    this.#isRung = true
    this.#wake?.()
  }

  /** Resolves when it is rung, after `ms`, or when the signal fires. */
  async wait(ms: number): Promise<void> {
    await this.begin(ms).over
  }

  /** A wait that may be given up. */
  begin(ms: number): Wait {
    if (this.#isRung || this.#signal.aborted || ms <= 0) {
      this.#isRung = false
      return { over: Promise.resolve(), giveUp: () => undefined }
    }
    const end = new AbortController()
    const giveUp = (): void => end.abort()
    this.#wake = giveUp
    this.#signal.addEventListener('abort', giveUp)
    const over = this.#clock.delay(ms, end.signal).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error
      },
    )
    return {
      giveUp,
      over: over.finally(() => {
        this.#signal.removeEventListener('abort', giveUp)
        if (this.#wake !== giveUp) return
        this.#wake = undefined
        this.#isRung = false
      }),
    }
  }
}

export interface Wait {
  /** Never rejects. */
  readonly over: Promise<void>
  giveUp(): void
}
