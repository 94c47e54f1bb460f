import { AppError } from '../model/errors.ts'

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
 *  hold up the others. The limit per account is the account's own affair. */
export class ConnectionLimits {
  readonly #limits: Limits
  readonly #openByHost = new Map<string, number>()
  readonly #queue: Waiting[] = []
  #open = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Waits for its turn. Throws INTERRUPTED when the signal fires first; then no slot is held. */
  async acquire(host: string, signal: AbortSignal): Promise<Release> {
    if (signal.aborted) throw interrupted()
    if (this.#hasRoom(host)) return this.#take(host)
    return this.#wait(host, signal)
  }

  /** A slot at once and only if nobody waits: for connections that would merely be faster. */
  tryAcquire(host: string): Release | undefined {
    return this.#queue.length === 0 && this.#hasRoom(host) ? this.#take(host) : undefined
  }

  async #wait(host: string, signal: AbortSignal): Promise<Release> {
    const turn = Promise.withResolvers<Release>()
    // The slot is taken here and now, not when the waiter goes on: nobody can come between.
    const entry: Waiting = { host, admit: () => turn.resolve(this.#take(host)) }
    this.#queue.push(entry)
    const abandon = (): void => {
      const index = this.#queue.indexOf(entry)
      if (index >= 0) this.#queue.splice(index, 1)
      turn.reject(interrupted())
    }
    signal.addEventListener('abort', abandon, { once: true })
    try {
      return await turn.promise
    } finally {
      signal.removeEventListener('abort', abandon)
    }
  }

  #hasRoom(host: string): boolean {
    return this.#open < this.#limits.connections && (this.#openByHost.get(host) ?? 0) < this.#limits.connectionsPerHost
  }

  #take(host: string): Release {
    this.#count(host, 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#count(host, -1)
      this.#admitNext()
    }
  }

  #count(host: string, change: number): void {
    this.#open += change
    this.#openByHost.set(host, (this.#openByHost.get(host) ?? 0) + change)
  }

  #admitNext(): void {
    const index = this.#queue.findIndex((entry) => this.#hasRoom(entry.host))
    if (index >= 0) this.#queue.splice(index, 1)[0]?.admit()
  }
}

function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted while waiting for a connection slot' })
}
