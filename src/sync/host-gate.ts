import type { AppError } from '../model/errors.ts'
import type { ServerSettings } from '../model/account.ts'
import type { Clock } from './ports.ts'
import { backOffMs } from './retry-policy.ts'

/** A server is held to be down after so many failures in a row, if more than one account has met them. */
const maxFailures = 3
/** For how long what others have met is believed without trying. */
const verdictMs = 60_000

/** One attempt to connect, from the moment it is allowed. */
export interface Attempt {
  /** No other has failed since: whoever had to wait for a slot meanwhile has to ask again. */
  readonly isAllowed: boolean
  succeeded(): void
  /** Only for failures that any account would meet at this server. */
  failed(error: AppError): void
}

/** The gates of all servers. */
export class HostGates {
  readonly #clock: Clock
  readonly #gates = new Map<string, HostGate>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  gateOf({ host, port }: Pick<ServerSettings, 'host' | 'port'>): HostGate {
    const key = `${host}:${port}`
    const gate = this.#gates.get(key) ?? new HostGate(this.#clock)
    this.#gates.set(key, gate)
    return gate
  }
}

/** The attempts of all accounts to connect to one server (F32). While it is well they all pass. Once it has failed they form
 *  one queue, with a back-off of the server between one and the next; and when it has failed often enough, for several
 *  accounts, those that wait are told so without trying: a hundred accounts make no more attempts than a few. */
export class HostGate {
  readonly #clock: Clock
  #line: Promise<void> = Promise.resolve()
  /** In a row; attempts that were under way at the same time count once. */
  #failures = 0
  #round = 0
  readonly #accounts = new Set<string>()
  #readyAtMs = 0
  #last: { readonly error: AppError; readonly atMs: number } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long the next attempt is going to be held back, in milliseconds. */
  get delayMs(): number {
    return this.#failures === 0 ? 0 : Math.max(0, Math.round(this.#readyAtMs - this.#clock.monotonicMs()))
  }

  /** Waits for its turn. Throws what others have met at a server that is down, and INTERRUPTED. No slot is held meanwhile. */
  async enter(account: string, signal: AbortSignal): Promise<Attempt> {
    if (this.#failures > 0) await this.#turn(signal)
    const round = this.#round
    const isAllowed = (): boolean => round === this.#round
    return {
      get isAllowed() {
        return isAllowed()
      },
      succeeded: () => {
        this.#failures = 0
        this.#accounts.clear()
      },
      failed: (error) => {
        this.#accounts.add(account)
        this.#last = { error, atMs: this.#clock.monotonicMs() }
        if (round !== this.#round) return
        this.#round++
        this.#failures++
        this.#holdBack()
      },
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const before = this.#line
    const turn = Promise.withResolvers<void>()
    this.#line = turn.promise
    try {
      // Whoever is before waits with the same signal: an interruption ends the whole line.
      await before
      this.#throwIfDown()
      if (this.delayMs > 0) await this.#clock.delay(this.delayMs, signal)
      this.#throwIfDown()
      this.#holdBack()
    } finally {
      turn.resolve()
    }
  }

  #holdBack(): void {
    this.#readyAtMs = this.#clock.monotonicMs() + backOffMs(this.#failures, this.#clock.random())
  }

  #throwIfDown(): void {
    if (this.#last === undefined || this.#failures < maxFailures || this.#accounts.size < 2) return
    if (this.#clock.monotonicMs() - this.#last.atMs < verdictMs) throw this.#last.error
  }
}
