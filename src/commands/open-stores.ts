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
    for (const [path, [account]] of Map.groupBy(accounts, ({ store }) => store)) {
      if (account === undefined) continue
      const opened = await openOrError(opening, account)
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

/** The wait for another run is a lane's, of one of the accounts that wait. */
async function openOrError(opening: StoreOpening, { store: path, name }: Account): Promise<MirrorStore | AppError> {
  const { context, config, recorder } = opening
  const watch: StoreWatch = {
    spent: (cost) => recorder.writerBusy('', cost),
    lockWaited: (wait) => recorder.lockWaited(wait),
    threadEnded: (times) => recorder.threadEnded(times),
  }
  const open = async (): Promise<MirrorStore | AppError> => {
    try {
      return await context.openStore(config, path, watch)
    } catch (error) {
      if (error instanceof AppError) return error
      throw error
    }
  }
  const first = await open()
  if (!isLocked(first) || opening.waitMs === undefined) return first
  const lane = recorder.openLane(name)
  lane.enter('wait: lock')
  const begunMs = context.clock.monotonicMs()
  try {
    return await openWhenFree(opening, open, first)
  } finally {
    lane.close()
    const micros = (context.clock.monotonicMs() - begunMs) * 1000
    recorder.lockWaited({ lock: 'run', holder: first.holder, micros })
  }
}

async function openWhenFree(
  { context, waitMs = 0, signal }: StoreOpening,
  open: () => Promise<MirrorStore | AppError>,
  first: AppError,
): Promise<MirrorStore | AppError> {
  const { clock } = context
  const untilMs = clock.monotonicMs() + waitMs
  let found: MirrorStore | AppError = first
  while (isLocked(found) && clock.monotonicMs() < untilMs) {
    await clock.delay(betweenTriesMs, signal).catch(() => undefined)
    context.signal.throwIfAborted()
    // The run's own time is up: it never got the store.
    if (signal.aborted) return found
    found = await open()
  }
  return found
}

const isLocked = (found: MirrorStore | AppError): found is AppError =>
  found instanceof AppError && found.code === 'STORE_LOCKED'

/** None without an error. */
export function refusedResult({ name }: Account, error: AppError | undefined): readonly AccountResult[] {
  if (error === undefined) return []
  const { code, message, hint } = error
  const reported = { code, message, ...(hint === undefined ? {} : { hint }) }
  return [{ name, outcome: 'failed', error: reported, mailboxes: [], roundTrips: 0, receivedOctets: 0 }]
}
