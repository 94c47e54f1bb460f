import type { Account } from '../model/account.ts'
import type { OnSyncEvent, SyncFinished } from '../sync/events.ts'
import type { SyncPorts, SyncRequest } from '../sync/sync-loop.ts'
import { syncAccounts } from '../sync/sync-loop.ts'
import type { CommandContext } from './context.ts'
import type { HooksBesideSync } from './hooks-beside-sync.ts'
import { leftOutMailboxes } from './left-out.ts'
import { closeStores, finishedWith } from './open-stores.ts'
import type { OpenStores } from './open-stores.ts'
import type { SyncRun } from './run-sync.ts'
import { sendQueued } from './send-queued.ts'
import { StoreIndexers } from './store-indexers.ts'

export interface EnginePorts extends Omit<SyncPorts, 'stores' | 'readers'> {
  readonly deadlineMs: number | undefined
  readonly nowMs: number
}

export interface MirrorParts {
  readonly context: CommandContext
  readonly run: SyncRun
  readonly ports: EnginePorts
  readonly hooks: HooksBesideSync
}

/** Gives the stores back: receivers of hooks may take their time, and nobody waits for the stores, nor for the result, until they have. */
export async function mirrorInto(
  { stores, accounts, refused }: OpenStores,
  { context, run, ports, hooks }: MirrorParts,
): Promise<SyncFinished> {
  try {
    const indexed = run.flags.index === false ? [] : accounts
    await using indexers = await StoreIndexers.create(context, { ...run, accounts: indexed, onEvent: ports.onEvent })
    const onEvent: OnSyncEvent = (event) => {
      indexers.onEvent(event)
      hooks.onEvent(event)
      // The run has not ended before its index has.
      if (event.type !== 'sync-finished') ports.onEvent(event)
    }
    const engine = { ...ports, onEvent, stores, readers: new Map() }
    const sending = sendQueued(context, { config: run.config, accounts, signal: ports.signal })
    const synced = finishedWith(await syncAccounts(requestOf(run, accounts, ports), engine), refused)
    const index = await indexers.finish(ports)
    return { ...synced, ...(index.length > 0 && { index }), ...(await sending) }
  } finally {
    await closeStores(stores)
  }
}

export function requestOf(
  { config, selection, flags }: SyncRun,
  accounts: readonly Account[],
  { deadlineMs, nowMs }: EnginePorts,
): SyncRequest {
  return {
    accounts,
    leftOut: leftOutMailboxes({ accounts, selectors: selection.selectors, nowMs }),
    selectors: selection.selectors,
    full: flags.full ?? false,
    dryRun: flags.dryRun ?? false,
    acceptRemovals: flags.acceptRemovals ?? false,
    limits: { connections: config.connections, connectionsPerHost: config.connectionsPerHost },
    deadlineMs,
  }
}
