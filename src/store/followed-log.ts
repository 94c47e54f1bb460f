import type { Database } from 'better-sqlite3'
import type { Change, LogPosition } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import type { FollowedLog, LogNews } from '../sync/change-log.ts'
import { openReadOnly } from './open-database.ts'
import { firstSeqFrom, readChanges } from './read-changes.ts'
import { toStoreError } from './sqlite-error.ts'
import type { StoreReaderOptions } from './sqlite-store-reader.ts'

const { statSync } = process.getBuiltinModule('node:fs')

/** Opens nothing before the first look. Each call throws as `openStoreReader` does, except for what a look calls missing. */
export function followStoreLog(options: StoreReaderOptions): FollowedLog {
  return new StoreLog(options)
}

class StoreLog implements FollowedLog {
  readonly #options: StoreReaderOptions
  #database: Database | undefined
  /** Of the file that is open. */
  #file = ''
  #version: unknown

  constructor(options: StoreReaderOptions) {
    this.#options = options
  }

  look(): LogNews {
    try {
      const file = fileAt(this.#options.path)
      if (file === undefined) this.close()
      if (file === undefined) return 'missing'
      if (this.#database === undefined || file !== this.#file) return this.#open(file)
      const version = versionOf(this.#database)
      if (version === this.#version) return 'same'
      this.#version = version
      return 'grown'
    } catch (error) {
      throw this.#translated(error)
    }
  }

  *changes(since: LogPosition): Generator<Change, undefined> {
    if (this.#database === undefined) return undefined
    try {
      yield* readChanges(this.#database, since)
    } catch (error) {
      throw this.#translated(error)
    }
    return undefined
  }

  changeAt(seq: number): Change | undefined {
    if (this.#database === undefined) return undefined
    for (const change of this.changes({ afterSeq: seq - 1 })) return change.seq === seq ? change : undefined
    return undefined
  }

  seqBefore(position: LogPosition): number {
    if ('afterSeq' in position) return position.afterSeq
    return this.#database === undefined ? 0 : firstSeqFrom(this.#database, position.fromMs) - 1
  }

  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  #open(file: string): LogNews {
    this.close()
    try {
      this.#database = openReadOnly(this.#options.path, this.#options)
    } catch (error) {
      // Whoever makes it, or brings it up to date, is not done yet.
      if (error instanceof AppError && (error.code === 'STORE_MISSING' || error.code === 'STORE_OUTDATED'))
        return 'missing'
      throw error
    }
    this.#file = file
    this.#version = versionOf(this.#database)
    return 'opened'
  }

  #translated(error: unknown): unknown {
    return toStoreError(error, `read the store ${this.#options.path}`)
  }
}

/** Changes whenever another connection has committed. */
function versionOf(database: Database): unknown {
  return database.pragma('data_version', { simple: true })
}

/** Which file it is; undefined: there is none. */
function fileAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.dev}/${found.ino}`
}
