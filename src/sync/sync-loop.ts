import type { Account } from '../model/account.ts'
import { messageOf } from '../model/errors.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { Selector } from '../model/select.ts'
import { withoutQuirks } from '../model/server-quirks.ts'
import { ConnectionLimits } from './connection-limits.ts'
import type { Limits } from './connection-limits.ts'
import type { AccountResult, OnSyncEvent, SyncFinished } from './events.ts'
import { HostGates } from './host-gate.ts'
import type { MirrorReader } from './mirror-reader.ts'
import { planAccount } from './plan-account.ts'
import type { AccountRunRecord, Clock, MailSource, MirrorStore } from './ports.ts'
import { isStoreTrouble } from './store-trouble.ts'
import { syncAccount } from './sync-account.ts'

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
  /** Why a mailbox is not to be touched in this run; undefined: it is. It counts as not up to date. */
  readonly leftOut: (account: string, mailbox: string) => string | undefined
  /** When `signal` is going to fire for lack of time, on the clock's monotonic scale: no wait for a server is begun that
   *  would outlast it. */
  readonly deadlineMs?: number | undefined
}

export interface SyncPorts {
  readonly source: MailSource
  /** The stores by path: every account's `store` is there, unless it is a dry run. Opened and closed by the caller. */
  readonly stores: ReadonlyMap<string, MirrorStore>
  /** For a dry run: what is held, by store path; nothing for a store that does not exist yet. */
  readonly readers: ReadonlyMap<string, MirrorReader>
  readonly recorder: LaneRecorder
  readonly clock: Clock
  readonly onEvent: OnSyncEvent
  /** Fires to end the run: whole messages received are kept, the rest is abandoned, within 2 s. */
  readonly signal: AbortSignal
}

/** Mirrors the accounts side by side. Never throws for what a server, a network or a mailbox does: that is in the result,
 *  which is also the last event. Throws for bugs and for a store that fails (STORE_FULL, STORE_IO, …). */
export async function syncAccounts(request: SyncRequest, ports: SyncPorts): Promise<SyncFinished> {
  const { clock, onEvent } = ports
  const startedMs = clock.monotonicMs()
  onEvent({ type: 'sync-started', accounts: request.accounts.map(({ name }) => name) })
  const accounts = request.dryRun ? await plan(request, ports) : await mirror(request, ports)
  const finished: SyncFinished = {
    type: 'sync-finished',
    complete: accounts.every(({ outcome }) => outcome === 'complete'),
    durationMs: Math.round(clock.monotonicMs() - startedMs),
    accounts,
  }
  onEvent(finished)
  return finished
}

async function plan(request: SyncRequest, ports: SyncPorts): Promise<readonly AccountResult[]> {
  const shared = sharedBy(request, ports)
  return Promise.all(
    request.accounts.map((named) => {
      const reader = ports.readers.get(named.store)
      const account = withoutQuirks(named, reader?.probedServer(named.name))
      return planAccount({ ...ports, ...request, ...shared, account }, reader?.mirroredMailboxes(named.name) ?? [])
    }),
  )
}

async function mirror(request: SyncRequest, ports: SyncPorts): Promise<readonly AccountResult[]> {
  const groups = Map.groupBy(request.accounts, ({ store }) => store)
  for (const [path, accounts] of groups) await storeAt(ports, path).beginRun(accounts.map(({ name }) => name))
  const results = await mirrorSideBySide(request, ports)
  for (const [path, accounts] of groups) {
    const own = new Set(accounts.map(({ name }) => name))
    const records = results.filter(({ name }) => own.has(name)).map((result) => toRecord(result, ports.recorder))
    await storeAt(ports, path).finishRun(runOutcome(records), records)
  }
  return results
}

/** A store that fails, or a bug, ends the others too: each keeps what it has, then the error is thrown. */
async function mirrorSideBySide(request: SyncRequest, ports: SyncPorts): Promise<readonly AccountResult[]> {
  const shared = sharedBy(request, ports)
  const failure = new AbortController()
  const signal = AbortSignal.any([ports.signal, failure.signal])
  const settled = await Promise.allSettled(
    request.accounts.map(async (account) => {
      try {
        const context = { ...ports, ...request, ...shared, account, signal, store: storeAt(ports, account.store) }
        const result = await ports.recorder.forAccount(account.name, () => syncAccount(context))
        ports.onEvent({ type: 'account-finished', account: result })
        return result
      } catch (error) {
        failure.abort()
        throw error
      }
    }),
  )
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [toError(one.reason)] : []))
  // What failed first is what the others stumbled over.
  const first = errors.find(isStoreTrouble) ?? errors[0]
  if (first !== undefined) throw first
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

/** What all accounts of a run have in common. */
function sharedBy({ limits, deadlineMs }: SyncRequest, { clock }: SyncPorts) {
  return { limits: new ConnectionLimits(limits), hosts: new HostGates(clock), deadlineMs }
}

function runOutcome(records: readonly AccountRunRecord[]): string {
  if (records.some(({ outcome }) => outcome === 'interrupted')) return 'interrupted'
  return records.every(({ outcome }) => outcome === 'complete') ? 'complete' : 'incomplete'
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown))
}

function storeAt({ stores }: SyncPorts, path: string): MirrorStore {
  const store = stores.get(path)
  if (store === undefined) throw new Error(`the store ${path} was not opened`)
  return store
}

function toRecord(result: AccountResult, recorder: LaneRecorder): AccountRunRecord {
  const sum = (of: (mailbox: AccountResult['mailboxes'][number]) => number): number =>
    result.mailboxes.reduce((total, mailbox) => total + of(mailbox), 0)
  const { roundTrips, receivedOctets, sentOctets, microsByState, blameByState } = recorder.totals(result.name)
  return {
    account: result.name,
    outcome: result.outcome,
    counts: {
      mailboxes: result.mailboxes.length,
      messages: sum(({ messages }) => messages),
      newMessages: sum(({ newMessages }) => newMessages),
      downloadedOctets: sum(({ downloadedOctets }) => downloadedOctets),
      flagChanges: sum(({ flagChanges }) => flagChanges),
      removed: sum(({ removed }) => removed),
      failed: sum(({ failed }) => failed.length),
      refused: sum(({ refused }) => refused),
    },
    roundTrips,
    receivedOctets,
    sentOctets,
    microsByState,
    blameByState,
    error: result.error?.message,
    mailboxes: result.mailboxes.map(({ path, reason }) => ({ path, reason })),
  }
}
