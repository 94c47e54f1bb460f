import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { AccountResult } from '../sync/events.ts'
import type { MirrorStore } from '../sync/ports.ts'
import type { OnWatchEvent, WatchEvent } from '../sync/watch-events.ts'
import type { CommandContext } from './context.ts'
import { openStores, refusedResult } from './open-stores.ts'
import { StoreIndexers } from './store-indexers.ts'

export interface WatchedStoresParts {
  readonly context: CommandContext
  readonly recorder: LaneRecorder
  readonly signal: AbortSignal
  readonly isIndexing: boolean
  readonly onEvent: OnWatchEvent
}

/** The stores of a watch with their indexers, which may become more while it runs. Close it when the watch has ended. */
export class WatchedStores {
  /** By path. */
  readonly open = new Map<string, MirrorStore>()
  readonly #parts: WatchedStoresParts
  /** By path, too. */
  readonly #indexers = new Map<string, StoreIndexers>()
  #storeOf: ReadonlyMap<string, string> = new Map()
  #refused: readonly AccountResult[] = []
  #refusedAccounts: readonly Account[] = []

  constructor(parts: WatchedStoresParts) {
    this.#parts = parts
  }

  /** Opens what is not open yet. Returns the accounts whose store could be had. Throws what kept a store from being opened where
   *  there is none at all. */
  async add(config: Config, accounts: readonly Account[]): Promise<readonly Account[]> {
    this.#storeOf = new Map(accounts.map(({ name, store }) => [name, store]))
    const missing = accounts.filter(({ store }) => !this.open.has(store))
    const refused: AccountResult[] = []
    const errors: AppError[] = []
    for (const [path, own] of Map.groupBy(missing, ({ store }) => store)) {
      const error = await this.#open(config, path, own)
      refused.push(...own.flatMap((account) => refusedResult(account, error)))
      if (error !== undefined) errors.push(error)
    }
    const [first] = errors
    if (first !== undefined && this.open.size === 0) throw first
    this.#refused = refused
    this.#refusedAccounts = missing.filter(({ store }) => !this.open.has(store))
    return accounts.filter(({ store }) => this.open.has(store))
  }

  async #open(config: Config, path: string, accounts: readonly Account[]): Promise<AppError | undefined> {
    const { context, recorder, signal, isIndexing, onEvent } = this.#parts
    try {
      const opened = await openStores({ context, config, waitMs: undefined, signal, recorder }, accounts)
      for (const [one, store] of opened.stores) this.open.set(one, store)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
      return error
    }
    if (isIndexing) this.#indexers.set(path, await StoreIndexers.create(context, { config, accounts, onEvent }))
    return undefined
  }

  /** Those whose store could not be had. */
  get refused(): readonly Account[] {
    return this.#refusedAccounts
  }

  onEvent(event: WatchEvent): void {
    if (event.type !== 'batch-committed') return
    const path = this.#storeOf.get(event.account) ?? ''
    this.#indexers.get(path)?.notify(path)
  }

  /** The accounts whose store could not be had; when the watch has told whom it follows. */
  tellRefused(): void {
    for (const result of this.#refused) this.#parts.onEvent(parkedState(result))
  }

  /** After a reload: lets others have the stores that none of these accounts uses. What is not indexed there yet, the next run
   *  indexes. */
  async settle(accounts: readonly Account[]): Promise<void> {
    this.tellRefused()
    const wanted = new Set(accounts.map(({ store }) => store))
    for (const [path, store] of [...this.open].filter(([one]) => !wanted.has(one))) {
      this.open.delete(path)
      await this.#indexers.get(path)?.[Symbol.asyncDispose]()
      this.#indexers.delete(path)
      await store.close()
    }
  }

  /** What is committed is indexed, if that takes no time; then all is closed. */
  async close(): Promise<void> {
    const { recorder, signal } = this.#parts
    for (const indexers of this.#indexers.values()) {
      await indexers.finish({ signal, recorder })
      await indexers[Symbol.asyncDispose]()
    }
    for (const store of this.open.values()) await store.close()
  }
}

function parkedState({ name, error }: AccountResult): WatchEvent {
  const why = error === undefined ? {} : { error }
  return { type: 'account-state', account: name, state: 'parked', ...why }
}
