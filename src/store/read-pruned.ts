import type { Database } from 'better-sqlite3'
import type { StoredMessage } from '../model/stored-message.ts'
import type { PrunedPlaces } from '../sync/change-log.ts'
import { exportReader } from './read-exported.ts'

/** So many messages are read at a time. */
const pageRows = 500

/** How many places of each mailbox hold such a message. */
export function countPruned(database: Database): readonly PrunedPlaces[] {
  return database
    .prepare<[], PrunedPlaces>(
      `SELECT account.name AS account, path AS mailbox, count(*) AS count
       FROM content CROSS JOIN placement ON placement.content = content.id JOIN epoch ON epoch.id = placement.epoch
         JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account
       WHERE pruned IS NOT NULL GROUP BY account.name, path`,
    )
    .all()
}

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
