import Sqlite from 'better-sqlite3'

const { closeSync, openSync } = process.getBuiltinModule('node:fs')

/** A lock between processes that is no store's: SQLite's own on an empty file, so the operating system takes it back when its holder
 *  dies in whatever way. undefined: another process, or somebody else in this one, holds it. The folder is there. */
export function tryFileLock(path: string): Disposable | undefined {
  closeSync(openSync(path, 'a', 0o600))
  const database = new Sqlite(path, { timeout: 0 })
  try {
    database.exec('BEGIN IMMEDIATE')
    return { [Symbol.dispose]: () => database.close() }
  } catch (error) {
    database.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}
