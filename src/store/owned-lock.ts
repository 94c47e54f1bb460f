import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { prepareStoreFile } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { toStoreError } from './sqlite-error.ts'

/** Who holds a lock, as far as it could be read. */
export interface LockOwner {
  readonly pid: number | undefined
  readonly host: string | undefined
  readonly started: string | undefined
}

/** How long it takes another process to write its name, at most. */
const tryingMs = 100

/** SQLite's lock on a file of its own, so the operating system takes it back when its owner dies in whatever way. Who owns it stands in the
 *  file, readable while it is held. */
export class OwnedLock implements Disposable {
  readonly #database: Database

  private constructor(database: Database) {
    this.#database = database
  }

  /** Gives its owner where it is held. That is not waited for; a lock that is being taken just now is, for an instant: else two that begin
   *  together could both give up. */
  static take(path: string, rules: FileRules, startedAt: string): OwnedLock | LockOwner {
    prepareStoreFile(path, rules)
    const database = new Sqlite(path, { timeout: tryingMs })
    const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startedAt })
    let isTaken = false
    try {
      isTaken = isTakenBy(database, own)
      return isTaken ? new OwnedLock(database) : parseOwner(readOwner(database))
    } catch (error) {
      if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
        return parseOwner(readOwner(database))
      }
      throw error
    } finally {
      if (!isTaken) database.close()
    }
  }

  /** Who holds it; undefined: nobody does. It is tried and given back at once, in much less time than another process waits for it.
   *  Makes nothing. Throws STORE_* errors. */
  static ownerOf(path: string): LockOwner | undefined {
    if (!existsSync(path)) return undefined
    const database = new Sqlite(path, { fileMustExist: true, timeout: 0 })
    try {
      database.exec('BEGIN IMMEDIATE')
      database.exec('ROLLBACK')
      return undefined
    } catch (error) {
      const code = error instanceof Sqlite.SqliteError ? error.code : ''
      // Where nothing can be written nobody can hold it.
      if (code.startsWith('SQLITE_READONLY')) return undefined
      if (!code.startsWith('SQLITE_BUSY')) throw toStoreError(error, `look at the lock ${path}`)
      return parseOwner(readOwner(database))
    } finally {
      database.close()
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

function isTakenBy(database: Database, own: string): boolean {
  database.exec('CREATE TABLE IF NOT EXISTS owner (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), owner TEXT)')
  // Two may write their names one after the other; only one of them then gets the lock, and looks whose name it is.
  for (let attempt = 0; attempt < 5; attempt++) {
    database.prepare('INSERT OR REPLACE INTO owner VALUES (1, ?)').run(own)
    database.exec('BEGIN IMMEDIATE')
    if (readOwner(database) === own) return true
    database.exec('ROLLBACK')
  }
  return false
}

function readOwner(database: Database): string | undefined {
  try {
    return database.prepare<[], string>('SELECT owner FROM owner').pluck().get()
  } catch {
    // Its owner may be in the middle of writing its name.
    return undefined
  }
}

function parseOwner(owner: string | undefined): LockOwner {
  const { pid, host, started } = fieldsOf(owner)
  return {
    pid: typeof pid === 'number' ? pid : undefined,
    host: typeof host === 'string' ? host : undefined,
    started: typeof started === 'string' ? started : undefined,
  }
}

function fieldsOf(owner: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(owner ?? '{}')
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    // Whatever stands there, the lock is held.
    return {}
  }
}
