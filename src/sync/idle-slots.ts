import type { Limits, Release } from './connection-limits.ts'

/** Of the connections that all accounts may have, those that may be kept open to wait for changes. The others are for work, so
 *  that whoever waits never holds up whoever has something to do. */
export class IdleSlots {
  #limits: Limits
  readonly #takenByHost = new Map<string, number>()
  #taken = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** From now on. Those that are taken stay so, even where they are more. */
  change(limits: Limits): void {
    this.#limits = limits
  }

  /** undefined: there is none left. */
  take(host: string): Release | undefined {
    const { connections, connectionsPerHost } = this.#limits
    const toHost = this.#takenByHost.get(host) ?? 0
    if (this.#taken >= idleShare(connections) || toHost >= idleShare(connectionsPerHost)) return undefined
    this.#count(host, 1)
    let isHeld = true
    return () => {
      if (isHeld) this.#count(host, -1)
      isHeld = false
    }
  }

  #count(host: string, change: number): void {
    this.#taken += change
    this.#takenByHost.set(host, (this.#takenByHost.get(host) ?? 0) + change)
  }
}

/** A quarter is left for work, and one at the least. */
const idleShare = (connections: number): number => connections - Math.max(1, Math.floor(connections / 4))
