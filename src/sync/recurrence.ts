/** Something that happens again and again, and those who wait for the next time. Whoever waits for the first of several leaves
 *  nothing with the others: a race between promises would, for as long as they live. */
export class Recurrence {
  readonly #waiting = new Set<() => void>()

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  happen(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves when one of them happens next. */
  static first(...all: readonly Recurrence[]): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        for (const one of all) one.#waiting.delete(wake)
        resolve()
      }
      for (const one of all) one.#waiting.add(wake)
    })
  }
}
