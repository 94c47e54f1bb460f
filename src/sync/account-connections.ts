import { AppError } from '../model/errors.ts'
import { AccountPace } from './account-pace.ts'
import type { Attempt, HostGate } from './host-gate.ts'
import type { Release } from './connection-limits.ts'
import type { MailConnection } from './ports.ts'
import { failureKind } from './retry-policy.ts'
import type { PlanContext } from './run-context.ts'

/** A connection with its number and its slot. */
export interface OpenConnection {
  readonly connection: MailConnection
  /** From 1, within the account and the run. */
  readonly number: number
  /** Ends it and gives the slot back. */
  close(): Promise<void>
  /** Ends it and connects anew in the same slot, so that nobody waits for a slot while others wait for what it is doing. The
   *  slot is given back when that fails; then it goes on as `open` does, and throws as it does. */
  replace(): Promise<OpenConnection>
}

/** How many connections an account may have at once. */
export interface Allowance {
  readonly connections: number
  /** The server has said that it bears no more than so many (F15). */
  readonly onLowered: (connections: number) => Promise<void>
}

/** Opens an account's connections within the limits. Whoever waits here holds no slot and no connection. */
export class AccountConnections {
  readonly pace: AccountPace
  readonly #context: PlanContext
  readonly #gate: HostGate
  readonly #onLowered: Allowance['onLowered']
  #allowed: number
  #lastNumber = 0
  #open = 0
  /** The most that were open at once since the server last refused one. */
  #peak = 0
  readonly #attempts = new Set<Promise<unknown>>()

  constructor(context: PlanContext, { connections, onLowered }: Allowance) {
    this.#context = context
    this.#gate = context.hosts.gateOf(context.account.imap)
    this.#allowed = connections
    this.#onLowered = onLowered
    this.pace = new AccountPace(context.clock, context.deadlineMs)
  }

  /** How many there may be at once. */
  get allowed(): number {
    return this.#allowed
  }

  /** Waits for a slot, then connects, trying again after failures that may pass. Throws what the last attempt threw. */
  async open(): Promise<OpenConnection> {
    return this.#openAfter(undefined)
  }

  /** A further connection, as soon as nobody else needs the slot; undefined if the server wants no more (F15), or if
   *  `unneeded` fires first. */
  async openExtra(unneeded: AbortSignal): Promise<OpenConnection | undefined> {
    const { account, limits, signal } = this.#context
    const ending = AbortSignal.any([signal, unneeded])
    try {
      const release = await limits.acquireSpare(account.imap.host, ending)
      if (this.#open < this.#allowed && this.#gate.delayMs === 0) return await this.#connectIn(release, ending)
      release()
      return undefined
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await this.noteCeiling(error)
      return undefined
    }
  }

  /** A server that bears no more connections is asked for no more, for the rest of the run (F15). Those that are on their way
   *  show how many it does bear. */
  async noteCeiling(refusal: AppError): Promise<void> {
    if (refusal.throttle !== 'fewer-connections') return
    this.#peak = this.#open
    await Promise.allSettled(this.#attempts)
    const connections = Math.max(1, this.#peak)
    if (connections >= this.#allowed) return
    const { account, onEvent, recorder } = this.#context
    recorder.ceilingMet(account.name, { borne: connections, wanted: this.#allowed })
    this.#allowed = connections
    onEvent({ type: 'connections-lowered', account: account.name, connections, message: refusal.message })
    // Others may hold what the first connection was refused: that says little of another day.
    if (!refusal.concernsHost && this.#peak > 0) await this.#onLowered(connections)
  }

  /** How long to wait after a failure, `lost` being its number among lost connections in a row; undefined: it is final. */
  delayAfter(error: unknown, lost: number): number | undefined {
    return error instanceof AppError ? this.pace.delayAfter(error, lost) : undefined
  }

  /** Waits after a failure, and says so; `mailbox`: where it happened (F20). */
  async backOff(error: unknown, delayMs: number, mailbox?: string): Promise<void> {
    if (!(error instanceof AppError)) throw error
    this.#tell(error, delayMs, mailbox)
    await this.pause(delayMs)
  }

  async pause(delayMs: number): Promise<void> {
    const { clock, signal } = this.#context
    await this.#wait('wait: backoff', () => clock.delay(delayMs, signal))
  }

  async #openAfter(failed: unknown): Promise<OpenConnection> {
    let failure = failed
    for (let lost = 1; ; lost++) {
      if (failure !== undefined) await this.#waitAfter(failure, lost - (failed === undefined ? 1 : 0))
      const { attempt, release } = await this.#turnAndSlot()
      try {
        const open = await this.#connectIn(release, this.#context.signal)
        attempt.succeeded()
        return open
      } catch (error) {
        noteAtHost(attempt, error)
        failure = error
      }
    }
  }

  /** Throws the failure when it is final. */
  async #waitAfter(failure: unknown, lost: number): Promise<void> {
    if (!(failure instanceof AppError)) throw failure
    await this.noteCeiling(failure)
    const delayMs = this.delayAfter(failure, lost)
    if (delayMs === undefined) throw failure
    // The gate of the host waits for all of its accounts.
    if (isOfHost(failure)) this.#tell(failure, this.#gate.delayMs)
    else await this.backOff(failure, delayMs)
  }

  /** A slot, and leave to try. Nobody waits for the host with a slot in hand. */
  async #turnAndSlot(): Promise<{ readonly attempt: Attempt; readonly release: Release }> {
    for (;;) {
      const attempt = await this.#turn()
      const release = await this.#slot()
      if (attempt.isAllowed) return { attempt, release }
      release()
    }
  }

  async #turn(): Promise<Attempt> {
    const { account, signal } = this.#context
    return this.#wait('wait: backoff', () => this.#gate.enter(account.name, signal))
  }

  async #slot(): Promise<Release> {
    const { account, limits, signal } = this.#context
    return this.#wait('wait: connection pool', () => limits.acquire(account.imap.host, signal))
  }

  async #wait<T>(state: 'wait: backoff' | 'wait: connection pool', wait: () => Promise<T>): Promise<T> {
    const { account, recorder } = this.#context
    const lane = recorder.openLane(account.name)
    lane.enter(state)
    try {
      return await wait()
    } finally {
      lane.close()
    }
  }

  #tell({ code, message }: AppError, delayMs: number, mailbox?: string): void {
    const { account, onEvent } = this.#context
    const place = mailbox === undefined ? { account: account.name } : { account: account.name, mailbox }
    onEvent({ type: 'retry-scheduled', ...place, code, message, delayMs })
  }

  /** The slot is given back when this throws, whatever it throws (F16). */
  async #connectIn(release: Release, signal: AbortSignal): Promise<OpenConnection> {
    const attempt = this.#connect(release, signal)
    this.#attempts.add(attempt)
    try {
      return await attempt
    } catch (error) {
      // Before the slot goes to the next one.
      if (error instanceof AppError && error.concernsHost && error.throttle === 'fewer-connections') {
        this.#context.limits.lower(this.#context.account.imap.host)
      }
      release()
      throw error
    } finally {
      this.#attempts.delete(attempt)
    }
  }

  async #connect(release: Release, signal: AbortSignal): Promise<OpenConnection> {
    const { account, onEvent, recorder, source } = this.#context
    const connection = await source.connect(account, recorder.openLane(account.name), signal)
    this.#open++
    this.#peak = Math.max(this.#peak, this.#open)
    const number = this.#context.beside?.nextNumber() ?? ++this.#lastNumber
    const { host, security } = account.imap
    onEvent({ type: 'connection-opened', account: account.name, connection: number, host, security })
    const end = async (): Promise<void> => {
      await connection.logout()
      this.#open--
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
        return this.#reconnectIn(release)
      },
    }
  }

  async #reconnectIn(release: Release): Promise<OpenConnection> {
    try {
      return await this.#connectIn(release, this.#context.signal)
    } catch (error) {
      return this.#openAfter(error)
    }
  }
}

function isOfHost(error: AppError): boolean {
  return error.concernsHost && failureKind(error) === 'lost'
}

function noteAtHost(attempt: Attempt, error: unknown): void {
  if (error instanceof AppError && isOfHost(error)) attempt.failed(error)
}
