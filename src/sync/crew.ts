import { messageOf } from '../model/errors.ts'
import type { PassScheduler } from './pass-scheduler.ts'

/** So many mailboxes in a row that were given up because they cost one connection after the other: then it is not them. */
const maxMailboxesLost = 3

/** What the workers of an account know of each other. */
export class Crew {
  readonly #scheduler: PassScheduler
  #size = 0
  #mailboxesLost = 0
  #only: object | undefined
  #stopReason: Error | undefined

  constructor(scheduler: PassScheduler) {
    this.#scheduler = scheduler
  }

  /** The first error that stops the account; all its workers look at it. */
  get stopReason(): Error | undefined {
    return this.#stopReason
  }

  stop(reason: unknown): void {
    this.#stopReason ??= reason instanceof Error ? reason : new Error(messageOf(reason))
    this.#scheduler.changed()
  }

  join(): void {
    this.#size++
  }

  get isEmpty(): boolean {
    return this.#size <= 0
  }

  /** Whether others go on without the one that leaves. */
  leave(worker: object): boolean {
    this.#size--
    return this.#size > 0 && this.#only !== worker
  }

  /** The server throttles: from now on one worker does all there is to do. Returns whether it is this one. */
  slowDown(worker: object): boolean {
    this.#only ??= worker
    this.#scheduler.changed()
    return this.#only === worker
  }

  /** Whether another one does all there is to do. */
  isDismissed(worker: object): boolean {
    return this.#only !== undefined && this.#only !== worker
  }

  /** The server has done what it was asked for. */
  noteProgress(): void {
    this.#mailboxesLost = 0
  }

  /** Whether the account is to go on after one more mailbox that cost too many connections. */
  mayLoseMailbox(): boolean {
    this.#mailboxesLost++
    return this.#mailboxesLost < maxMailboxesLost
  }
}
