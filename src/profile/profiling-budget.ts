/** Something that can be given up, and how. */
export interface ProfilingStep {
  readonly name: string
  giveUp(): void
}

/** Profiling may take so much and no more: each time that it took more since it was last looked at, the next step is given up. */
export class ProfilingBudget {
  readonly givenUp: string[] = []
  readonly #limit: number
  readonly #steps: ProfilingStep[]
  #own = 0
  #all = 0

  /** `limit`: share of what all takes; 0.02 are two percent. The first step is given up first. */
  constructor(limit: number, steps: readonly ProfilingStep[]) {
    this.#limit = limit
    this.#steps = [...steps]
  }

  /** Both since the beginning, in the same unit. */
  check(own: number, all: number): void {
    const isOver = own - this.#own > (all - this.#all) * this.#limit
    this.#own = own
    this.#all = all
    const step = isOver ? this.#steps.shift() : undefined
    if (step === undefined) return
    step.giveUp()
    this.givenUp.push(step.name)
  }
}
