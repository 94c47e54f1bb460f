import Sqlite from 'better-sqlite3'
import type { TriedConnections } from '../doctor/ports.ts'
import { probedToText } from '../model/server-quirks.ts'
import type { ProbedServer } from '../model/server-quirks.ts'
import { canonicalStorePath } from './file-safety.ts'
import { openReadOnly } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'
import type { StoreReaderOptions } from './sqlite-store-reader.ts'

/** Milliseconds for which another process's short transaction is waited for. */
const busyTimeoutMs = 10_000

/** Notes what a probe of an account's server has found, beside a sync that may be running. Makes no store, and brings none up to date.
 *  Throws as opening for reading does, and what writing throws. */
export function rememberServer(
  options: StoreReaderOptions,
  account: string,
  found: ProbedServer & TriedConnections,
): void {
  openReadOnly(options.path, options).close()
  try {
    const path = canonicalStorePath(options.path)
    const database = new Sqlite(path, { fileMustExist: true, timeout: busyTimeoutMs })
    try {
      database.pragma('synchronous = FULL')
      const add = database.prepare('INSERT INTO account (name, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING')
      const note = database.prepare('UPDATE account SET quirks = ? WHERE name = ?')
      const noteConnections = database.prepare('UPDATE account SET connections = ?, connections_at = ? WHERE name = ?')
      const write = database.transaction(() => {
        add.run(account, found.at)
        note.run(probedToText(found), account)
        if (found.tried !== undefined) noteConnections.run(found.borne ?? null, found.at, account)
      })
      write.immediate()
    } finally {
      database.close()
    }
  } catch (error) {
    throw toStoreError(error, `write to the store ${options.path}`)
  }
}
