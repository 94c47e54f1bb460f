import { allowedConnections } from '../model/provider.ts'
import type { Account } from '../model/account.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import { Bell } from './bell.ts'
import type { AccountResult } from './events.ts'
import type { IdleSlots } from './idle-slots.ts'
import { MailboxClaims } from './mailbox-claims.ts'
import { MailboxListener } from './mailbox-listener.ts'
import { Recurrence } from './recurrence.ts'
import type { Beside, RunContext } from './run-context.ts'
import { chooseMailboxes, syncAccount } from './sync-account.ts'
import { afterFullPass, chooseHomes } from './watch-decisions.ts'
import type { NextPass } from './watch-decisions.ts'
import type { OnWatchEvent } from './watch-events.ts'

/** Mailboxes besides the first that have a connection of their own. */
const mostExtraHomes = 2
/** Full passes that are asked for, one after the other, have ever more time between them, up to the most. */
const leastBetweenMs = 1000
const mostBetweenMs = 5 * 60_000

export interface WatchPace {
  /** Between two full passes. */
  readonly everyMs: number
  /** Between two questions by STATUS, where things change. */
  readonly pollMs: number
}

export interface AccountWatchParts extends Omit<
  RunContext,
  'budget' | 'beside' | 'onEvent' | 'deadlineMs' | 'leftOut'
> {
  readonly account: Account
  readonly onEvent: OnWatchEvent
  readonly pace: WatchPace
  readonly idleSlots: IdleSlots
  readonly nowMs: () => number
  readonly leftOut: () => RunContext['leftOut']
  /** A full pass has ended, well or badly. */
  readonly onPassEnded: (result: AccountResult, next: NextPass) => void
}

/** Keeps one account current: full passes at intervals, and between them, or beside them, mailboxes as they change. */
export class AccountWatch {
  readonly parts: AccountWatchParts
  readonly claims = new MailboxClaims()
  /** Mailboxes that are to be looked at, by wire name. */
  readonly dirty = new Set<string>()
  /** What the last full pass listed, by wire name. */
  known: ReadonlyMap<string, ListedMailbox> = new Map()
  /** How often each has changed. */
  readonly changes = new Map<string, number>()
  /** A server that ends IDLE by itself, or refuses it, is polled. */
  isDeaf = false
  /** Wire names with a connection of their own that is open. */
  readonly homes = new Set<string>()
  readonly #passBell: Bell
  /** For what puts everything else behind it. */
  readonly #retryBell: Bell
  readonly #mainBell: Bell
  readonly #listeners: readonly MailboxListener[]
  readonly #listed = Promise.withResolvers<void>()
  #session = new AbortController()
  #turn: Promise<void> = Promise.resolve()
  #numbers = 0
  #failures = 0
  #passes = 0
  #allowed = 1
  #isAsked = false
  #isStandingDown = false
  #isParked = false
  /** Full passes in a row that were asked for. */
  #askedInRow = 0
  /** Names that a full pass was asked for. */
  #namesAskedFor = ''

  constructor(parts: AccountWatchParts) {
    this.parts = parts
    const { clock, signal } = parts
    this.#passBell = new Bell(clock, signal)
    this.#retryBell = new Bell(clock, signal)
    this.#mainBell = new Bell(clock, signal)
    this.#listeners = Array.from({ length: 1 + mostExtraHomes }, (_, index) => new MailboxListener(this, index))
  }

  get name(): string {
    return this.parts.account.name
  }

  /** Ends what uses connections now; they are made anew. */
  get session(): AbortSignal {
    return this.#session.signal
  }

  /** No connection beside those of a full pass: it needs the only one, or nothing is tried before somebody mends the
   *  account (F24). */
  standsDown(): boolean {
    return this.#isStandingDown || this.#isParked
  }

  /** Until the signal fires. Throws what the store threw, and bugs. */
  async run(): Promise<void> {
    const { signal } = this.parts
    signal.addEventListener('abort', () => this.#session.abort(), { once: true })
    await Promise.all([this.#passesUntilEnd(), this.#lookAgain(), ...this.#listeners.map((one) => one.run())])
  }

  /** As soon as may be: something has changed that only a full pass settles. */
  askFullPass(): void {
    this.#isAsked = true
    this.#passBell.ring()
  }

  /** A full pass for mailboxes that came or went; once for the same names. */
  noteNames(wirePaths: readonly string[]): void {
    const names = wirePaths.toSorted().join('\n')
    const known = [...this.known.keys()].toSorted().join('\n')
    if (names === known || names === this.#namesAskedFor) return
    this.#namesAskedFor = names
    this.askFullPass()
  }

  /** The machine has slept: connections that look alive are not. */
  wakeUp(): void {
    const { signal } = this.parts
    if (signal.aborted) return
    this.#failures = 0
    this.#askedInRow = 0
    const before = this.#session
    this.#session = new AbortController()
    before.abort()
    this.askFullPass()
    this.#retryBell.ring()
    for (const listener of this.#listeners) listener.ring()
  }

  /** This machine has lost addresses, and perhaps got others. */
  networkChanged(gone: ReadonlySet<string>): void {
    // What failed before may have failed for want of a network.
    if (this.#failures > 0 && !this.#isParked) this.wakeUp()
    else for (const listener of this.#listeners) listener.networkChanged(gone)
  }

  /** A mailbox may have changed. */
  noteChange(wirePath: string, by: 'IDLE' | 'NOTIFY' | 'STATUS'): void {
    const mailbox = this.known.get(wirePath)
    if (mailbox === undefined) return
    if (!this.dirty.has(wirePath)) {
      this.parts.onEvent({ type: 'change-noticed', account: this.name, mailbox: mailbox.path, by })
      this.changes.set(wirePath, (this.changes.get(wirePath) ?? 0) + 1)
    }
    this.dirty.add(wirePath)
    if (!this.homes.has(wirePath)) this.#mainBell.ring()
  }

  /** Those that the config admits and the command names. */
  choose(listed: readonly ListedMailbox[]): readonly ListedMailbox[] {
    return chooseMailboxes(listed, { ...this.parts, deadlineMs: undefined })
  }

  get mainBell(): Bell {
    return this.#mainBell
  }

  /** Resolves when mailboxes are known. */
  async untilListed(): Promise<void> {
    await this.#listed.promise
  }

  /** One at a time for this account: passes of single mailboxes, and settling what became of them. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn
    const turn = Promise.withResolvers<void>()
    this.#turn = turn.promise
    await before
    try {
      return await work()
    } finally {
      turn.resolve()
    }
  }

  nextNumber(): number {
    return ++this.#numbers
  }

  /** The home of the index-th listener; undefined: it is not needed. */
  homeOf(index: number): ListedMailbox | undefined {
    if (index > 0 && (this.isDeaf || this.#passes === 0 || index > this.#extraHomes)) return undefined
    return chooseHomes(this.known.values(), this.changes, 1 + index)[index]
  }

  get #extraHomes(): number {
    return Math.max(0, Math.min(mostExtraHomes, this.#allowed - 2))
  }

  beside(connections: number): Beside {
    return {
      connections,
      claims: this.claims,
      nextNumber: () => this.nextNumber(),
      alone: (work) => this.alone(work),
      onListed: (chosen) => {
        this.known = new Map(chosen.map((box) => [box.wirePath, box]))
        for (const wirePath of this.changes.keys()) if (!this.known.has(wirePath)) this.changes.delete(wirePath)
        for (const wirePath of this.dirty) if (!this.known.has(wirePath)) this.dirty.delete(wirePath)
        this.#listed.resolve()
      },
    }
  }

  async #passesUntilEnd(): Promise<void> {
    const { signal, clock } = this.parts
    while (!signal.aborted) {
      this.#isAsked = false
      const { waitMs, isParked } = await this.#fullPass()
      if (this.#isOver()) break
      const endedMs = clock.monotonicMs()
      // What failed is not asked for again before its time, unless all is new.
      await (this.#failures > 0 ? this.#retryBell : this.#passBell).wait(waitMs)
      if (isParked) continue
      // Mailboxes that come and go all the time are no reason to do nothing else.
      const restMs = Math.min(mostBetweenMs, leastBetweenMs * 2 ** this.#askedInRow) - (clock.monotonicMs() - endedMs)
      this.#askedInRow = this.#wasAsked() && restMs > 0 ? this.#askedInRow + 1 : 0
      if (this.#askedInRow > 0) await this.#retryBell.wait(restMs)
    }
  }

  #isOver(): boolean {
    return this.parts.signal.aborted
  }

  #wasAsked(): boolean {
    return this.#isAsked
  }

  async #fullPass(): Promise<NextPass> {
    const { parts } = this
    const { account, store, clock, recorder, pace, onEvent } = parts
    const { connections: remembered } = await store.accountHistory(account.name)
    this.#allowed = allowedConnections(account.imap.host, { configured: account.connections, remembered })
    const isExclusive = this.#allowed === 1
    if (isExclusive) await this.#standDown()
    onEvent({ type: 'account-state', account: account.name, state: 'syncing' })
    const beside = this.beside(isExclusive ? 0 : 1 + (this.#passes === 0 ? 0 : this.#extraHomes))
    const { session: signal } = this
    const context = { ...parts, deadlineMs: undefined, leftOut: parts.leftOut(), beside, signal }
    const result = await recorder.forAccount(account.name, () => syncAccount(context))
    this.#isStandingDown = false
    const facts = {
      result,
      failures: this.#failures,
      everyMs: pace.everyMs,
      random: clock.random(),
      nowMs: parts.nowMs(),
    }
    const next = afterFullPass(facts)
    this.#failures = next.failures
    this.#isParked = next.isParked
    if (result.outcome === 'complete' || result.outcome === 'incomplete') this.#passes++
    onEvent({ type: 'account-finished', account: result })
    this.#tellWaiting(result, next)
    parts.onPassEnded(result, next)
    for (const listener of this.#listeners) listener.lookAround()
    return next
  }

  #tellWaiting({ error }: AccountResult, { failures, isParked, waitMs }: NextPass): void {
    if (failures === 0) return
    const state = isParked ? 'parked' : 'waiting'
    const why = error === undefined ? {} : { error }
    this.parts.onEvent({ type: 'account-state', account: this.name, state, waitMs: Math.round(waitMs), ...why })
  }

  /** All listeners give their connections back. */
  async #standDown(): Promise<void> {
    this.#isStandingDown = true
    for (const listener of this.#listeners) listener.ring()
    await Promise.all(this.#listeners.map((listener) => listener.untilClosed()))
  }

  /** Mailboxes that a full pass was at work on are looked at when it has done with them. */
  async #lookAgain(): Promise<void> {
    const { signal } = this.parts
    const end = new Recurrence()
    signal.addEventListener('abort', () => end.happen(), { once: true })
    while (!signal.aborted) {
      await Recurrence.first(this.claims.releases, end)
      if ([...this.dirty].some((wirePath) => this.claims.isFree(wirePath))) {
        for (const listener of this.#listeners) listener.ring()
      }
    }
  }
}
