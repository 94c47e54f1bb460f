/** A loop that has slept less since is taken for one that has not slept at all: milliseconds. */
const noSleepMs = 0.15

/** Whether the event loop has slept since a section of ours held it. If not, what a socket brings now may have been there since the
 *  section began (profiler.md §2). */
export class LoopSleep {
  readonly #sleptMs: () => number
  /** When the stretch of sections began in between which the loop did not sleep. */
  #since = 0
  #sleptAtEnd = Number.NEGATIVE_INFINITY
  #account = ''

  constructor(sleptMs: () => number) {
    this.#sleptMs = sleptMs
  }

  /** `now`: microseconds. */
  sectionBegins(now: number): void {
    if (!this.#isAwake) this.#since = now
  }

  sectionEnded(account: string): void {
    this.#sleptAtEnd = this.#sleptMs()
    this.#account = account
  }

  /** undefined: the loop was asleep, and all of the wait is the server's. */
  busyStretch(): { readonly since: number; readonly account: string } | undefined {
    return this.#isAwake ? { since: this.#since, account: this.#account } : undefined
  }

  get #isAwake(): boolean {
    return this.#sleptMs() - this.#sleptAtEnd < noSleepMs
  }
}
