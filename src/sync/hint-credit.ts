/** Waits that a hint may end without a rest; then hints wait, so that a server that always has one is not asked all the time. */
const hintsAtOnce = 30
/** In milliseconds: between two of them then, and what earns one anew. */
export const restMs = 2000

/** How many waits a hint may end now. */
export class HintCredit {
  #credit = hintsAtOnce
  #earnedAtMs = 0

  get isSpent(): boolean {
    return this.#credit <= 0
  }

  spend(): void {
    this.#credit--
  }

  /** What has been earned by `nowMs` counts from now on. */
  earn(nowMs: number): void {
    const earned = Math.floor((nowMs - this.#earnedAtMs) / restMs)
    if (earned > 0) this.#earnedAtMs = nowMs
    this.#credit = Math.min(hintsAtOnce, this.#credit + earned)
  }
}
