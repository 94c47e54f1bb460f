import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { LaneRecorder, StoreWatch } from '../model/lane.ts'
import type { AccountResult, SyncFinished } from '../sync/events.ts'
import type { MirrorStore } from '../sync/ports.ts'
import type { CommandContext } from './context.ts'

/** The stores that a run writes to, and the accounts whose store could not be had. */
export interface OpenStores {
  readonly stores: ReadonlyMap<string, MirrorStore>
  /** At least one. */
  readonly accounts: readonly Account[]
  readonly refused: readonly AccountResult[]
}

export interface StoreOpening {
  readonly context: CommandContext
  readonly config: Config
  /** How long a store is waited for that another run holds; undefined: not at all. */
  readonly waitMs: number | undefined
  readonly signal: AbortSignal
  readonly recorder: LaneRecorder
}

const betweenTriesMs = 500

/** Opens each store once. One that is locked, foreign or unreadable costs its own accounts; when there is no other, its
 *  error is thrown. */
export async function openStores(opening: StoreOpening, accounts: readonly Account[]): Promise<OpenStores> {
  const stores = new Map<string, MirrorStore>()
  const errors = new Map<string, AppError>()
  try {
    for (const path of new Set(accounts.map(({ store }) => store))) {
      const opened = await openOrError(opening, path)
      if (opened instanceof AppError) errors.set(path, opened)
      else stores.set(path, opened)
    }
  } catch (error) {
    await closeStores(stores)
    throw error
  }
  const [error] = errors.values()
  if (stores.size === 0 && error !== undefined) throw error
  return {
    stores,
    accounts: accounts.filter(({ store }) => stores.has(store)),
    refused: accounts.flatMap((account) => refusedResult(account, errors.get(account.store))),
  }
}

export async function closeStores(stores: ReadonlyMap<string, MirrorStore>): Promise<void> {
  for (const store of stores.values()) await store.close()
}

/** The engine knows nothing of accounts whose store could not be had: they are added where it says how the run ended. */
export function finishedWith(result: SyncFinished, refused: readonly AccountResult[]): SyncFinished {
  if (refused.length === 0) return result
  return { ...result, complete: false, accounts: [...result.accounts, ...refused] }
}

async function openOrError(opening: StoreOpening, path: string): Promise<MirrorStore | AppError> {
  const { context, config, waitMs = 0, signal, recorder } = opening
  const watch: StoreWatch = { spent: (cost) => recorder.writerBusy('', cost) }
  const { clock } = context
  const untilMs = clock.monotonicMs() + waitMs
  for (;;) {
    try {
      return await context.openStore(config, path, watch)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code !== 'STORE_LOCKED' || clock.monotonicMs() >= untilMs) return error
      await clock.delay(betweenTriesMs, signal).catch(() => undefined)
      context.signal.throwIfAborted()
      // The run's own time is up: it never got the store.
      if (signal.aborted) return error
    }
  }
}

function refusedResult({ name }: Account, error: AppError | undefined): readonly AccountResult[] {
  if (error === undefined) return []
  const { code, message, hint } = error
  const reported = { code, message, ...(hint === undefined ? {} : { hint }) }
  return [{ name, outcome: 'failed', error: reported, mailboxes: [], roundTrips: 0, receivedOctets: 0 }]
}
