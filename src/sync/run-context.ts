import type { Account } from '../model/account.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { Selector } from '../model/select.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { DailyBudget } from './daily-budget.ts'
import type { OnSyncEvent } from './events.ts'
import type { HostGates } from './host-gate.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import type { MailboxClaims } from './mailbox-claims.ts'
import type { Clock, MailSource, MirrorStore } from './ports.ts'

/** What an account's part of a run works with, as long as nothing is written. */
export interface PlanContext {
  readonly account: Account
  readonly source: MailSource
  readonly limits: ConnectionLimits
  readonly hosts: HostGates
  readonly recorder: LaneRecorder
  readonly clock: Clock
  readonly onEvent: OnSyncEvent
  /** Fires when the run ends early, for whatever reason. */
  readonly signal: AbortSignal
  /** When the run ends for lack of time, on the clock's monotonic scale; undefined: when it is done. */
  readonly deadlineMs: number | undefined
  readonly selectors: readonly Selector[]
  readonly full: boolean
  readonly acceptRemovals: boolean
  /** Where the account has connections beside those of this run; undefined: it has none. */
  readonly beside?: Beside | undefined
}

/** What goes on for the same account beside a run: `watch` follows mailboxes while all are brought up to date. */
export interface Beside {
  /** Connections that are open, or may be opened, outside the run. */
  readonly connections: number
  /** Of a connection that is opened now, from 1. */
  nextNumber(): number
  /** Whose turn each mailbox is. */
  readonly claims: MailboxClaims
  /** Nobody else of this account works on a mailbox, or settles what became of mailboxes, until this has ended. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** What the server lists, as far as it is to be mirrored. */
  onListed(chosen: readonly ListedMailbox[]): void
}

export interface RunContext extends PlanContext {
  readonly leftOut: (account: string, mailbox: string) => string | undefined
  readonly store: MirrorStore
  readonly budget: DailyBudget
}
