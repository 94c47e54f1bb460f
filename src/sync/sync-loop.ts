import type { Account } from '../model/account.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { Selector } from '../model/select.ts'
import type { Limits } from './connection-limits.ts'
import type { OnSyncEvent, SyncFinished } from './events.ts'
import type { Clock, MailSource, MirrorStore } from './ports.ts'

export interface SyncRequest {
  /** At least one. */
  readonly accounts: readonly Account[]
  /** Which mailboxes of them; empty: all that the config admits. */
  readonly selectors: readonly Selector[]
  /** Ignore stored change state. */
  readonly full: boolean
  /** Plan only: nothing is written and nothing fetched. The plan is in the `mailbox-planned` events. */
  readonly dryRun: boolean
  /** Believe a single listing that removes a large share of a mailbox. */
  readonly acceptRemovals: boolean
  readonly limits: Limits
}

export interface SyncPorts {
  readonly source: MailSource
  /** The stores by path: every account's `store` is there. Opened and closed by the caller. */
  readonly stores: ReadonlyMap<string, MirrorStore>
  readonly recorder: LaneRecorder
  readonly clock: Clock
  readonly onEvent: OnSyncEvent
  /** Fires to end the run: whole messages received are kept, the rest is abandoned, within 2 s. */
  readonly signal: AbortSignal
}

/** Mirrors the accounts side by side. Never throws for what a server, a network or a mailbox does: that is in the result,
 *  which is also the last event. Throws for bugs and for a store that fails (STORE_FULL, STORE_IO, …). */
export function syncAccounts(request: SyncRequest, ports: SyncPorts): Promise<SyncFinished> {
  void request
  void ports
  return Promise.reject(new Error('not there yet'))
}
