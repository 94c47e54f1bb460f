import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import type { LockOwner } from '../doctor/ports.ts'
import { AppError } from '../model/errors.ts'
import { canonicalStorePath, prepareStoreFile } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { programOf } from './lock-holder.ts'
import { toStoreError } from './sqlite-error.ts'

interface Owner {
  readonly pid: number
  readonly host: string
  readonly started: string
}

/** How long it takes another process to write its name, at most. */
const tryingMs = 100

export interface LockRules extends FileRules {
  /** Of the lock's own file, behind the name of the store's; default: that of the run lock. */
  readonly suffix?: string
}

/** Keeps two syncs of one store apart, or two that send from it. It is SQLite's lock on a file of its own beside the store, so the operating system
 *  takes it back when its owner dies in whatever way. Who owns it stands in the file, readable while it is held. */
export class RunLock {
  readonly #database: Database

  private constructor(database: Database) {
    this.#database = database
  }

  /** Throws STORE_LOCKED naming the owner. A lock that is held is not waited for, one that is being taken just now for an
   *  instant: else two that begin together could both give up. */
  static acquire(storePath: string, rules: LockRules, startedAt: string): RunLock {
    const path = `${storePath}${rules.suffix ?? '.lock'}`
    prepareStoreFile(path, rules)
    const database = new Sqlite(path, { timeout: tryingMs })
    const own: Owner = { pid: process.pid, host: hostname(), started: startedAt }
    try {
      database.exec('CREATE TABLE IF NOT EXISTS owner (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), owner TEXT)')
      // Two may write their names one after the other; only one of them then gets the lock, and looks whose name it is.
      for (let attempt = 0; attempt < 5; attempt++) {
        database.prepare('INSERT OR REPLACE INTO owner VALUES (1, ?)').run(JSON.stringify(own))
        database.exec('BEGIN IMMEDIATE')
        if (readOwner(database) === JSON.stringify(own)) return new RunLock(database)
        database.exec('ROLLBACK')
      }
      throw lockedBy(readOwner(database), storePath)
    } catch (error) {
      const isBusy = error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
      const owner = isBusy ? readOwner(database) : undefined
      database.close()
      throw isBusy ? lockedBy(owner, storePath) : error
    }
  }

  release(): void {
    this.#database.close()
  }
}

function readOwner(database: Database): string | undefined {
  try {
    return database.prepare<[], string>('SELECT owner FROM owner').pluck().get()
  } catch {
    // Its owner may be in the middle of writing its name.
    return undefined
  }
}

function lockedBy(owner: string | undefined, storePath: string): AppError {
  const { pid, host } = parseOwner(owner)
  return new AppError({
    code: 'STORE_LOCKED',
    message: `another mailmirror holds the store ${storePath}${describe(owner)}`,
    hint: 'wait until it has finished, or use `--wait`',
    holder: pid === undefined ? undefined : { pid, program: host === hostname() ? programOf(pid) : '' },
  })
}

function describe(owner: string | undefined): string {
  const { pid = '?', host = '?', started = '?' } = parseOwner(owner)
  return `: process ${pid} on ${host}, since ${started}`
}

function parseOwner(owner: string | undefined): Partial<Owner> {
  try {
    const parsed: unknown = JSON.parse(owner ?? '{}')
    const { pid, host, started }: Readonly<Record<string, unknown>> =
      typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
    return {
      ...(typeof pid === 'number' ? { pid } : {}),
      ...(typeof host === 'string' ? { host } : {}),
      ...(typeof started === 'string' ? { started } : {}),
    }
  } catch {
    // Whatever stands there, the lock is held.
    return {}
  }
}

/** Who holds the run lock of a store; undefined: nobody does. It is tried and given back at once, in much less time than another
 *  process waits for it. Makes nothing. */
export function runLockOwner(storePath: string): LockOwner | undefined {
  const path = `${canonicalStorePath(storePath)}.lock`
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
    const { pid, host, started: since } = parseOwner(readOwner(database))
    return { pid, host, since, program: pid !== undefined && host === hostname() ? programOf(pid) : '' }
  } finally {
    database.close()
  }
}
