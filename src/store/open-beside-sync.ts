import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { canonicalStorePath } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { openReadOnly } from './open-database.ts'
import { startWriter } from './writer-client.ts'
import type { WriterStart } from './writer-client.ts'

export interface BesideSyncOptions extends FileRules, WriterStart {}

/** Milliseconds for which another process's short transaction is waited for. */
const busyTimeoutMs = 10_000

/** A connection that writes few rows in short transactions beside a sync that may be running. A store that is not there yet, or is of an older version,
 *  is made or brought up to date first, under the run lock. Throws what `startWriter` throws. */
export async function openBesideSync(options: BesideSyncOptions): Promise<Database> {
  await makeCurrent(options)
  const database = new Sqlite(canonicalStorePath(options.path), { timeout: busyTimeoutMs })
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  return database
}

async function makeCurrent(options: BesideSyncOptions): Promise<void> {
  try {
    openReadOnly(options.path, options).close()
  } catch {
    await (await startWriter(options)).close()
  }
}
