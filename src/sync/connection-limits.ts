import { AppError } from '../model/errors.ts'
import { Recurrence } from './recurrence.ts'

export interface Limits {
  /** Connections at once, in all. */
  readonly connections: number
  readonly connectionsPerHost: number
}

/** Gives the slot back; more than once is the same as once. */
export type Release = () => void

interface Waiting {
  readonly host: string
  readonly admit: () => void
}

/** The two limits that accounts share, as one fair queue: first come, first served, but a host that is full does not
 *  hold up the others. Connections that would merely be faster come after all that are needed. The limit per account is the
 *  account's own affair. */
export class ConnectionLimits {
  readonly #limits: Limits
  readonly #openByHost = new Map<string, number>()
  /** What hosts have said that they bear, where that is less. */
  readonly #ceilings = new Map<string, number>()
  readonly #needed: Waiting[] = []
  readonly #spare: Waiting[] = []
  #open = 0
  /** Somebody has to wait for a slot that is needed. */
  readonly arrivals = new Recurrence()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Waits for its turn. Throws INTERRUPTED when the signal fires first; then no slot is held. */
  async acquire(host: string, signal: AbortSignal): Promise<Release> {
    if (signal.aborted) throw interrupted()
    if (this.#hasRoom(host)) return this.#take(host)
    const turn = this.#wait(this.#needed, host, signal)
    this.arrivals.happen()
    return turn
  }

  /** A slot that nobody needs: for connections that would merely be faster. Waits and throws as `acquire` does. */
  async acquireSpare(host: string, signal: AbortSignal): Promise<Release> {
    if (signal.aborted) throw interrupted()
    return this.#hasRoom(host) ? this.#take(host) : this.#wait(this.#spare, host, signal)
  }

  /** Whether somebody who needs a slot would get the one that a connection to `host` gives back. */
  isWanted(host: string): boolean {
    return this.#needed.some((entry) => this.#hasRoom(entry.host, host))
  }

  /** The host bears fewer connections than it has now: one of those that hold a slot was refused (F15). */
  lower(host: string): void {
    this.#ceilings.set(host, Math.max(1, Math.min(this.#ceilingOf(host), this.#openTo(host) - 1)))
  }

  async #wait(queue: Waiting[], host: string, signal: AbortSignal): Promise<Release> {
    const turn = Promise.withResolvers<Release>()
    // The slot is taken here and now, not when the waiter goes on: nobody can come between.
    const entry: Waiting = { host, admit: () => turn.resolve(this.#take(host)) }
    queue.push(entry)
    const abandon = (): void => {
      const index = queue.indexOf(entry)
      if (index >= 0) queue.splice(index, 1)
      turn.reject(interrupted())
    }
    signal.addEventListener('abort', abandon, { once: true })
    try {
      return await turn.promise
    } finally {
      signal.removeEventListener('abort', abandon)
    }
  }

  #openTo(host: string): number {
    return this.#openByHost.get(host) ?? 0
  }

  #ceilingOf(host: string): number {
    return this.#ceilings.get(host) ?? this.#limits.connectionsPerHost
  }

  /** `without`: as if a connection to that host had been given back. */
  #hasRoom(host: string, without?: string): boolean {
    const inAll = without === undefined ? this.#open : this.#open - 1
    const toHost = this.#openTo(host) - (without === host ? 1 : 0)
    return inAll < this.#limits.connections && toHost < this.#ceilingOf(host)
  }

  #take(host: string): Release {
    this.#count(host, 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#count(host, -1)
      if (!this.#admitNext(this.#needed)) this.#admitNext(this.#spare)
    }
  }

  #count(host: string, change: number): void {
    this.#open += change
    this.#openByHost.set(host, this.#openTo(host) + change)
  }

  #admitNext(queue: Waiting[]): boolean {
    const index = queue.findIndex((entry) => this.#hasRoom(entry.host))
    if (index < 0) return false
    queue.splice(index, 1)[0]?.admit()
    return true
  }
}

function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted while waiting for a connection slot' })
}
