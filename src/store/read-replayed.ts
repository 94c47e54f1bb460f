import type { Database } from 'better-sqlite3'
import type { ReplayedPlacement } from '../sync/change-log.ts'
import { placementColumns, toPlacement } from './read-placements.ts'
import type { PlacementRow } from './read-placements.ts'

/** So many rows are read at a time. */
const pageRows = 500

interface EpochRow {
  readonly id: number
}

/** All placements of a connection that has gone back, by account, mailbox, epoch and UID; see `PastReader`. */
export function* readReplayed(database: Database): Generator<ReplayedPlacement, undefined> {
  const epochs = database
    .prepare<[], EpochRow>(
      `SELECT epoch.id FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account
       ORDER BY account.name, mailbox.path, mailbox.kind, mailbox.id, epoch.id`,
    )
    .all()
  const page = database.prepare<[number, number, number], PlacementRow & { readonly message: number }>(
    `SELECT placement.content AS message, ${placementColumns('placement.epoch = ? AND uid > ?')} ORDER BY uid LIMIT ?`,
  )
  for (const { id } of epochs) {
    for (let rows = page.all(id, 0, pageRows); rows.length > 0; rows = page.all(id, rows.at(-1)?.uid ?? 0, pageRows)) {
      for (const row of rows) yield { message: row.message, ...toPlacement(row) }
    }
  }
  return undefined
}
