import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { Indexer } from '../search/indexer.ts'
import { toReportedError } from '../sync/events.ts'
import type { IndexResult, OnSyncEvent, SyncEvent } from '../sync/events.ts'
import type { CommandContext } from './context.ts'

/** Indexes what a run of sync commits, beside it: one indexer for each store. Close it before the stores. */
export class StoreIndexers implements AsyncDisposable {
  readonly #indexers: ReadonlyMap<string, Indexer>
  readonly #storeOf: ReadonlyMap<string, string>

  private constructor(indexers: ReadonlyMap<string, Indexer>, accounts: readonly Account[]) {
    this.#indexers = indexers
    this.#storeOf = new Map(accounts.map(({ name, store }) => [name, store]))
  }

  static async create(context: CommandContext, options: StoreIndexersOptions): Promise<StoreIndexers> {
    const { config, accounts, onEvent } = options
    const indexers = new Map<string, Indexer>()
    for (const store of new Set(accounts.map((account) => account.store))) {
      const onProgress = (progress: { indexed: number; total: number }): void =>
        onEvent({ type: 'index-progressed', store, ...progress })
      indexers.set(store, await context.createIndexer(config, store, { onProgress }))
    }
    return new StoreIndexers(indexers, accounts)
  }

  onEvent(event: SyncEvent): void {
    if (event.type === 'batch-committed') this.notify(this.#storeOf.get(event.account) ?? '')
  }

  /** There is something new in the store at this path. */
  notify(store: string): void {
    this.#indexers.get(store)?.notify()
  }

  /** What cannot be indexed is told and costs nothing else: the facts are whole, and the next run tries again. */
  async finish({ signal, recorder }: FinishOptions): Promise<readonly IndexResult[]> {
    const results: IndexResult[] = []
    // All is mirrored: what the run waits for now is the index.
    const lane = recorder.openLane('')
    lane.enter('wait: indexer')
    for (const [store, indexer] of this.#indexers) {
      const result = await indexer.finish(signal).catch((error: unknown) => failedResult(store, error))
      results.push({ store, ...result })
    }
    lane.close()
    return results
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const indexer of this.#indexers.values()) await indexer.close()
  }
}

interface FinishOptions {
  readonly signal: AbortSignal
  readonly recorder: LaneRecorder
}

interface StoreIndexersOptions {
  readonly config: Config
  readonly accounts: readonly Account[]
  readonly onEvent: OnSyncEvent
}

function failedResult(store: string, error: unknown): IndexResult {
  // Whoever else is at work on it indexes what we have committed.
  if (error instanceof AppError && error.code === 'STORE_LOCKED') return { store, indexed: 0, pending: undefined }
  return { store, indexed: 0, pending: undefined, error: toReportedError(error) }
}
