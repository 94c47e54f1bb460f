import type { UidSet } from '../model/uid-set.ts'
import { MailboxClaims } from './mailbox-claims.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { Recurrence } from './recurrence.ts'

/** The next piece of work for a connection. */
export type Task =
  | { readonly kind: 'begin'; readonly pass: MailboxPass }
  | { readonly kind: 'fetch'; readonly pass: MailboxPass; readonly uids: UidSet }
  | { readonly kind: 'finish'; readonly pass: MailboxPass }

/** Shares an account's passes among its connections: each takes its own mailbox first, then helps with the others, so that
 *  one huge mailbox uses them all. */
export class PassScheduler {
  readonly #passes: readonly MailboxPass[]
  readonly #claims: MailboxClaims
  readonly #changes = new Recurrence()

  /** `claims`: what others may be at work on. */
  constructor(passes: readonly MailboxPass[], claims = new MailboxClaims()) {
    this.#passes = passes
    this.#claims = claims
  }

  get isDone(): boolean {
    return this.#passes.every((pass) => pass.state === 'done')
  }

  /** Claims a task; undefined: there is none now. `own` is the pass that the connection has examined. */
  next(own: MailboxPass | undefined): Task | undefined {
    return this.#fetchFrom(own) ?? this.#finish() ?? this.#begin() ?? this.#help()
  }

  /** Something may be done now that could not be before. */
  changed(): void {
    this.#changes.happen()
  }

  /** Resolves at the next change, or when one of the others happens. */
  untilChange(...others: readonly Recurrence[]): Promise<void> {
    return Recurrence.first(this.#changes, this.#claims.releases, ...others)
  }

  /** Others may have the mailboxes whose passes have ended, or are given up. */
  release(passes: readonly MailboxPass[] = this.#passes): void {
    for (const pass of passes) this.#claims.release(pass.listed.wirePath, pass)
  }

  #begin(): Task | undefined {
    const unfinished = this.#passes.filter(({ state }) => state !== 'done')
    const turn = Math.min(...unfinished.map((pass) => pass.turn))
    const pass = unfinished.find((one) => one.state === 'waiting' && one.turn === turn && this.#claim(one))
    if (pass === undefined) return undefined
    pass.state = 'beginning'
    return { kind: 'begin', pass }
  }

  #claim(pass: MailboxPass): boolean {
    return this.#claims.claim(pass.listed.wirePath, pass)
  }

  #help(): Task | undefined {
    for (const pass of this.#passes) {
      const task = this.#fetchFrom(pass)
      if (task !== undefined) return task
    }
    return undefined
  }

  #fetchFrom(pass: MailboxPass | undefined): Task | undefined {
    if (pass?.state !== 'fetching') return undefined
    const uids = pass.queue.take()
    if (uids === undefined) return undefined
    pass.fetching++
    return { kind: 'fetch', pass, uids }
  }

  #finish(): Task | undefined {
    const pass = this.#passes.find((one) => one.state === 'fetching' && one.queue.isEmpty && one.fetching === 0)
    if (pass === undefined) return undefined
    pass.state = 'finishing'
    return { kind: 'finish', pass }
  }
}
