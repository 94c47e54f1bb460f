import type { AppError } from '../model/errors.ts'
import type { Clock } from './ports.ts'
import { failureKind, retryDelayMs } from './retry-policy.ts'

/** How long an account waits without a step forward, where the run has no end of its own (F28). */
const usualPatienceMs = 10 * 60_000

/** How an account waits for a server that wants less: how often in a row it was refused, and how long it has waited since
 *  the last step forward. */
export class AccountPace {
  readonly #clock: Clock
  readonly #deadlineMs: number | undefined
  #waitedMs = 0
  /** Refusals in a row, whichever connection met them. */
  #refusals = 0

  /** `deadlineMs`: when the run ends, on the clock's own scale; undefined: when it is done. */
  constructor(clock: Clock, deadlineMs: number | undefined) {
    this.#clock = clock
    this.#deadlineMs = deadlineMs
  }

  /** How long to wait after a failure, `lost` being its number among lost connections in a row; undefined: it is final. */
  delayAfter(error: AppError, lost: number): number | undefined {
    const isLost = failureKind(error) === 'lost'
    const attempt = isLost ? lost : ++this.#refusals
    const delayMs = retryDelayMs({ attempt, error, random: this.#clock.random(), leftMs: this.#leftMs })
    if (delayMs !== undefined && !isLost) this.#waitedMs += delayMs
    return delayMs
  }

  /** The server has done what it was asked for. */
  noteProgress(): void {
    this.#refusals = 0
    this.#waitedMs = 0
  }

  get #leftMs(): number {
    if (this.#deadlineMs !== undefined) return this.#deadlineMs - this.#clock.monotonicMs()
    return usualPatienceMs - this.#waitedMs
  }
}
