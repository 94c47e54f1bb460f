/** Numbers that look random and are the same for the same seed, on every machine. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number, 0 ≤ n < `limit`. */
  below(limit: number): number {
    // xorshift32 never leaves 0, so 0 is not let in.
    let state = this.#state === 0 ? 0x9e3779b9 : this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % limit
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0]
  }
}
