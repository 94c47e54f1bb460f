import { AppError } from '../model/errors.ts'
import type { Release } from './connection-limits.ts'
import type { MailConnection } from './ports.ts'
import { retryDelayMs } from './retry-policy.ts'
import type { PlanContext } from './run-context.ts'

/** A connection with its number and its slot. */
export interface OpenConnection {
  readonly connection: MailConnection
  /** From 1, within the account and the run. */
  readonly number: number
  /** Ends it and gives the slot back. */
  close(): Promise<void>
  /** Ends it and connects anew in the same slot, so that nobody waits for a slot while others wait for what it is doing.
   *  Throws as `open` does; then the slot is given back. */
  replace(): Promise<OpenConnection>
}

/** Opens an account's connections within the limits. */
export class AccountConnections {
  readonly #context: PlanContext
  #lastNumber = 0

  constructor(context: PlanContext) {
    this.#context = context
  }

  /** Waits for a slot, then connects, trying again after failures that may pass. Throws what the last attempt threw. */
  async open(): Promise<OpenConnection> {
    const { account, limits, recorder, signal } = this.#context
    const lane = recorder.openLane(account.name)
    lane.enter('wait: connection pool')
    let release: Release
    try {
      release = await limits.acquire(account.imap.host, signal)
    } finally {
      lane.close()
    }
    return this.#connect(release)
  }

  /** A further connection, if there is room at once; undefined if not, if the server wants no more (F15), or if `unneeded`
   *  fires before there is one. */
  async openExtra(unneeded: AbortSignal): Promise<OpenConnection | undefined> {
    const { account, limits, signal } = this.#context
    const release = limits.tryAcquire(account.imap.host)
    if (release === undefined) return undefined
    try {
      return await this.#connectOnce(release, AbortSignal.any([signal, unneeded]))
    } catch (error) {
      release()
      if (error instanceof AppError) return undefined
      throw error
    }
  }

  /** The slot is given back when this throws, whatever it throws (F16). */
  async #connect(release: Release): Promise<OpenConnection> {
    try {
      return await this.#connectWithRetries(release)
    } catch (error) {
      release()
      throw error
    }
  }

  async #connectWithRetries(release: Release): Promise<OpenConnection> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connectOnce(release)
      } catch (error) {
        const delayMs = this.delayAfter(error, attempt)
        if (delayMs === undefined) throw error
        await this.backOff(error, delayMs)
      }
    }
  }

  /** How long to wait after the attempt-th failure in a row; undefined: it is final. */
  delayAfter(error: unknown, attempt: number): number | undefined {
    if (!(error instanceof AppError)) return undefined
    return retryDelayMs({ attempt, error, random: this.#context.clock.random() })
  }

  async backOff(error: unknown, delayMs: number): Promise<void> {
    if (!(error instanceof AppError)) throw error
    const { account, clock, onEvent, recorder, signal } = this.#context
    onEvent({ type: 'retry-scheduled', account: account.name, code: error.code, message: error.message, delayMs })
    const lane = recorder.openLane(account.name)
    lane.enter('wait: backoff')
    try {
      await clock.delay(delayMs, signal)
    } finally {
      lane.close()
    }
  }

  async #connectOnce(release: Release, signal = this.#context.signal): Promise<OpenConnection> {
    const { account, onEvent, recorder, source } = this.#context
    const connection = await source.connect(account, recorder.openLane(account.name), signal)
    const number = ++this.#lastNumber
    const { host, security } = account.imap
    onEvent({ type: 'connection-opened', account: account.name, connection: number, host, security })
    const end = async (): Promise<void> => {
      await connection.logout()
      onEvent({ type: 'connection-closed', account: account.name, connection: number })
    }
    return {
      connection,
      number,
      close: async () => {
        await end()
        release()
      },
      replace: async () => {
        await end()
        return this.#connect(release)
      },
    }
  }
}
