import type { Database } from 'better-sqlite3'
import type { StoredMessage } from '../model/stored-message.ts'
import { exportReader } from './read-exported.ts'

/** So many messages are read at a time. */
const pageRows = 500

/** The messages of a connection that has gone back whose octets were removed for good since then, the lowest number first. */
export function* readPruned(database: Database): Generator<StoredMessage, undefined> {
  const page = database
    .prepare<[number, number], number>('SELECT id FROM content WHERE pruned IS NOT NULL AND id > ? ORDER BY id LIMIT ?')
    .pluck()
  const reader = exportReader(database)
  for (let ids = page.all(0, pageRows); ids.length > 0; ids = page.all(ids.at(-1) ?? 0, pageRows))
    yield* reader.describe(ids)
  return undefined
}
