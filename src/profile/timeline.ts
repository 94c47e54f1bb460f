import { holding, kindByState, waiting } from './lane-states.ts'

/** The one clock, and the blame of every instant as two running integrals: of dt/holders while anybody holds the main
 *  thread, of dt/waiters otherwise. A lane takes the difference of its integral over its time in a state, so that an
 *  event costs the same however many lanes there are. */
export class Timeline {
  readonly start: number
  now: number
  unblamed = 0
  heldIntegral = 0
  waitedIntegral = 0
  #holders = 0
  #waiters = 0
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
    this.start = clock()
    this.now = this.start
  }

  /** What the clock says, without going on. */
  reading(): number {
    return this.#clock()
  }

  advance(): void {
    const now = Math.max(this.now, this.#clock())
    const passed = now - this.now
    this.now = now
    if (this.#holders > 0) this.heldIntegral += passed / this.#holders
    else if (this.#waiters > 0) this.waitedIntegral += passed / this.#waiters
    else this.unblamed += passed
  }

  integralOf(state: number): number {
    return kindByState[state] === holding ? this.heldIntegral : this.waitedIntegral
  }

  count(state: number, change: 1 | -1): void {
    if (kindByState[state] === holding) this.#holders += change
    else if (kindByState[state] === waiting) this.#waiters += change
  }
}
