import type { Database } from 'better-sqlite3'
import type { ExportReader } from '../export/ports.ts'
import type { Change, LogPosition, PastMoment } from '../model/change.ts'
import type { Selector } from '../model/select.ts'
import type { IndexState, SearchReader } from '../search/search-reader.ts'
import type { ProbedServer } from '../model/server-quirks.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import type { MessageName, MessageReader } from '../search/stored-message.ts'
import type { ChangeLogReader, PastReader, PrunedPlaces, ReplayedPlacement } from '../sync/change-log.ts'
import type { MirrorReader } from '../sync/mirror-reader.ts'
import type { MirroredMailbox } from '../sync/ports.ts'
import type { AccountState, StatusReader } from '../sync/status.ts'
import type { FileRules } from './file-safety.ts'
import { openReadOnly } from './open-database.ts'
import { goBack } from './past-tables.ts'
import { readChanges } from './read-changes.ts'
import { countPruned, readPruned } from './read-pruned.ts'
import { readReplayed } from './read-replayed.ts'
import { messageReader } from './read-messages.ts'
import { mirrorReader, readProbed } from './read-mirror.ts'
import { lastCompleteMs, statusReader } from './read-status.ts'
import { toStoreError } from './sqlite-error.ts'

export interface StoreReaderOptions {
  /** Absolute path of the store's file of facts. */
  readonly path: string
  readonly allowNetwork: boolean
}

/** Opens a store for reading beside whoever writes it. Throws STORE_MISSING, STORE_UNSAFE, STORE_FOREIGN, STORE_NEWER or
 *  STORE_IO. */
export function openStoreReader(options: StoreReaderOptions): SqliteStoreReader {
  return new SqliteStoreReader(options)
}

/** A read-only connection of its own; nothing is prepared before it is asked for. */
export class SqliteStoreReader implements StatusReader, MessageReader, ChangeLogReader, PastReader, MirrorReader {
  readonly #path: string
  readonly #database: Database
  readonly #rules: FileRules
  #messages: MessageReader | undefined
  #search: SearchReader | undefined

  constructor(options: StoreReaderOptions) {
    this.#path = options.path
    this.#rules = options
    this.#database = openReadOnly(options.path, options)
  }

  status(accounts: readonly string[], selectors: readonly Selector[]): readonly AccountState[] {
    return this.#guarded(() => statusReader(this.#database, this.#path)(accounts, selectors))
  }

  lastCompleteMs(account: string): number | undefined {
    return this.#guarded(() => lastCompleteMs(this.#database, account))
  }

  mirroredMailboxes(account: string): readonly MirroredMailbox[] {
    return this.#guarded(() => mirrorReader(this.#database)(account))
  }

  probedServer(account: string): ProbedServer | undefined {
    return this.#guarded(() => readProbed(this.#database, account))
  }

  find(name: MessageName): readonly StoredMessage[] {
    return this.#guarded(() => this.#messageReader().find(name))
  }

  read(id: number): Uint8Array {
    return this.#guarded(() => this.#messageReader().read(id))
  }

  /** Search of this store's messages; the index is opened by the first call that needs it. */
  async searchReader(): Promise<SearchReader> {
    // Loaded here: `status` does without.
    const { searchReader } = await import('./search-messages.ts')
    return (this.#search ??= searchReader(this.#database, this.#path, this.#rules))
  }

  async exportReader(): Promise<ExportReader> {
    const { exportReader } = await import('./read-exported.ts')
    const reader = exportReader(this.#database)
    return {
      contents: (reach) => this.#guarded(() => reader.contents(reach)),
      describe: (ids) => this.#guarded(() => reader.describe(ids)),
      delimiterOf: (account, mailbox) => this.#guarded(() => reader.delimiterOf(account, mailbox)),
      read: (id) => this.#guarded(() => reader.read(id)),
    }
  }

  /** How far the index has come. Throws what opening it throws. */
  async indexState(): Promise<IndexState> {
    const [{ attachIndex, detachIndex }, { emptyIndexState, readIndexState }] = await Promise.all([
      import('./attached-index-file.ts'),
      import('./index-state.ts'),
    ])
    return this.#guarded(() => {
      if (!attachIndex(this.#database, this.#path, this.#rules)) return emptyIndexState(this.#database)
      try {
        return this.#database.transaction(() => readIndexState(this.#database))()
      } finally {
        detachIndex(this.#database)
      }
    })
  }

  *changes(since: LogPosition): Generator<Change, undefined> {
    try {
      yield* readChanges(this.#database, since)
    } catch (error) {
      throw this.#translated(error)
    }
    return undefined
  }

  goBackTo(moment: LogPosition): PastMoment {
    return this.#guarded(() => goBack(this.#database, moment))
  }

  accountNames(): readonly string[] {
    return this.#guarded(() =>
      this.#database.prepare<[], string>('SELECT name FROM account ORDER BY name').pluck().all(),
    )
  }

  *replayedPlacements(): Generator<ReplayedPlacement, undefined> {
    try {
      yield* readReplayed(this.#database)
    } catch (error) {
      throw this.#translated(error)
    }
    return undefined
  }

  *prunedSince(): Generator<StoredMessage, undefined> {
    try {
      yield* readPruned(this.#database)
    } catch (error) {
      throw this.#translated(error)
    }
    return undefined
  }

  prunedPlaces(): readonly PrunedPlaces[] {
    return this.#guarded(() => countPruned(this.#database))
  }

  close(): void {
    this.#database.close()
  }

  /** `show` and `export` ask for one message after another. */
  #messageReader(): MessageReader {
    return (this.#messages ??= messageReader(this.#database))
  }

  #guarded<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#translated(error)
    }
  }

  #translated(error: unknown): unknown {
    return toStoreError(error, `read the store ${this.#path}`)
  }
}
