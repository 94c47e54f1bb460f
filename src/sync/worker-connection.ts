import type { AppError } from '../model/errors.ts'
import type { AccountConnections, OpenConnection } from './account-connections.ts'
import type { Crew } from './crew.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import type { MailConnection } from './ports.ts'
import { backOffMs, isTransient } from './retry-policy.ts'
import type { RunContext } from './run-context.ts'

/** The mailbox could be examined, so the server is there: no need to wait ever longer. */
const longestBackOff = 3
/** What a worker may do while others wait for its slot, whichever comes first. A login costs about as much as a task. */
const messagesPerTurn = 10_000
const tasksPerTurn = 100
const turnMs = 60_000
/** After `OK [THROTTLED]`; short, since it is the one wait that keeps its connection and its slot. */
const slowdownMs = 1000
const longestSlowdown = 3

export interface ConnectionParts {
  readonly crew: Crew
  readonly connections: AccountConnections
  readonly context: RunContext
}

/** Why a worker has no connection any more: there is nothing left for it, or it may come back when there is room. */
export type WorkEnd = 'done' | 'made room'

/** A worker's connection: when it is given up, for whom, and how another one is had. Without one the worker has ended. */
export class WorkerConnection {
  /** The pass whose mailbox is examined on it. */
  examined: MailboxPass | undefined
  readonly #parts: ConnectionParts
  #open: OpenConnection | undefined
  /** What has been done since the slot was got. */
  #messages = 0
  #tasks = 0
  #turnStartedMs: number
  /** How often the server has said on it that it slows down. */
  #slowdowns = 0
  #end: WorkEnd = 'done'

  constructor(open: OpenConnection, parts: ConnectionParts) {
    this.#open = open
    this.#parts = parts
    this.#turnStartedMs = parts.context.clock.monotonicMs()
    parts.crew.join()
  }

  get isOpen(): boolean {
    return this.#open !== undefined
  }

  /** Why there is none. */
  get end(): WorkEnd {
    return this.#end
  }

  get isUsable(): boolean {
    return this.#open?.connection.usable === true
  }

  /** Asking without one is a bug. */
  get connection(): MailConnection {
    return this.#current.connection
  }

  get number(): number {
    return this.#current.number
  }

  /** Another worker does all there is to do, since the server throttles. */
  get isDismissed(): boolean {
    return this.#parts.crew.isDismissed(this)
  }

  /** There is nothing left for it. */
  leave(): void {
    this.#parts.crew.leave(this)
  }

  /** A task that asks for so many messages. */
  noteTask(messages: number): void {
    this.#tasks++
    this.#messages += messages
  }

  /** Somebody needs a slot more than a worker without work does: leaves, unless it is the last. */
  async leaveIfWanted(): Promise<void> {
    if (this.#isWanted && this.#parts.crew.leave(this)) await this.#makeRoom()
  }

  /** Makes room for those who wait, so that a backlog of hours does not keep others from their new mail (F32). An account's
   *  last worker goes to the end of their queue. */
  async yieldTurn(): Promise<void> {
    if (!this.#isTurnOver || !this.#isWanted) return
    const { crew } = this.#parts
    if (crew.leave(this)) return this.#makeRoom()
    crew.join()
    await this.close()
    await this.#beginTurn()
  }

  /** F30: a command was carried out, and the server wants less. One connection fewer; the last one pauses. */
  async heedSlowdowns(): Promise<void> {
    const { slowdowns } = this.connection
    if (slowdowns <= this.#slowdowns) return
    this.#slowdowns = slowdowns
    const { crew, connections, context } = this.#parts
    context.onEvent({ type: 'server-slowed', account: context.account.name, connection: this.number })
    if (crew.leave(this)) return this.close()
    crew.join()
    await connections.pause(backOffMs(Math.min(slowdowns, longestSlowdown), context.clock.random(), slowdownMs))
  }

  /** After one that is of no more use: another one, after a while. Without one the worker has left the rest to the others.
   *  Throws what stops the account. */
  async reopen(error: AppError, { path, losses }: MailboxPass): Promise<void> {
    if (isTransient(error)) await this.#replaceLost(error, path, losses)
    else if (error.throttle === 'fewer-connections' && (await this.#leaveToOthers(error))) return
    else await this.#waitOut(error, path)
  }

  /** A connection without memory of what the former one saw. */
  async renew(): Promise<void> {
    const open = this.#open
    this.#forget()
    this.#open = await open?.replace()
  }

  /** Gives connection and slot back. */
  async close(): Promise<void> {
    const open = this.#open
    this.#forget()
    await open?.close()
  }

  get #current(): OpenConnection {
    if (this.#open === undefined) throw new Error('a worker without a connection')
    return this.#open
  }

  get #isTurnOver(): boolean {
    if (this.#messages >= messagesPerTurn || this.#tasks >= tasksPerTurn) return true
    return this.#parts.context.clock.monotonicMs() - this.#turnStartedMs >= turnMs
  }

  get #isWanted(): boolean {
    const { limits, account } = this.#parts.context
    return limits.isWanted(account.imap.host)
  }

  #forget(): void {
    this.#open = undefined
    this.examined = undefined
    this.#slowdowns = 0
  }

  /** The others, if there are any, do not wait for it: the server may want fewer connections (F15). */
  async #replaceLost(error: AppError, mailbox: string, losses: number): Promise<void> {
    const { crew, connections, context } = this.#parts
    await this.close()
    const attempt = Math.min(Math.max(1, losses), longestBackOff)
    await connections.backOff(error, backOffMs(attempt, context.clock.random()), mailbox)
    if (crew.leave(this)) return this.#makeRoom()
    crew.join()
    await this.#beginTurn()
  }

  async #beginTurn(): Promise<void> {
    const { connections, context } = this.#parts
    this.#open = await connections.open()
    this.#messages = this.#tasks = 0
    this.#turnStartedMs = context.clock.monotonicMs()
  }

  async #makeRoom(): Promise<void> {
    this.#end = 'made room'
    await this.close()
  }

  /** The server bears no more connections than the others have. Returns whether there are any. */
  async #leaveToOthers(error: AppError): Promise<boolean> {
    const { crew, connections } = this.#parts
    await this.close()
    await connections.noteCeiling(error)
    if (crew.leave(this)) return true
    crew.join()
    return false
  }

  /** The server wants less: one worker waits as long as it must (F28); the others end what they are doing and leave. */
  async #waitOut(error: AppError, mailbox: string): Promise<void> {
    const { crew, connections } = this.#parts
    const isTheOne = crew.slowDown(this)
    await this.close()
    if (!isTheOne) return this.leave()
    const delayMs = connections.delayAfter(error, 1)
    if (delayMs === undefined) throw error
    await connections.backOff(error, delayMs, mailbox)
    await this.#beginTurn()
  }
}
