import type { Database } from 'better-sqlite3'
import type { ExportReader } from '../export/ports.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import { messageReader } from './read-messages.ts'
import { placementColumns, toPlacement } from './read-placements.ts'
import type { PlacementRow } from './read-placements.ts'

interface ContentRow {
  readonly id: number
  readonly sha256: Buffer
  readonly octets: number
}

/** See `ExportReader`. */
export function exportReader(database: Database): ExportReader {
  const messages = messageReader(database)
  const present = database
    .prepare<[], number>('SELECT DISTINCT content FROM placement WHERE removed_at IS NULL ORDER BY content')
    .pluck()
  const all = database.prepare<[], number>('SELECT id FROM content WHERE pruned IS NULL ORDER BY id').pluck()
  const contents = database.prepare<[string], ContentRow>(
    'SELECT content.id, sha256, octets FROM json_each(?) CROSS JOIN content ON content.id = value',
  )
  const placements = database.prepare<[string], PlacementRow & { readonly content: number }>(`
    SELECT content, ${placementColumns('placement.content IN (SELECT value FROM json_each(?))')}
    ORDER BY removed_at IS NOT NULL, account.name, mailbox.path, epoch.id, uid`)
  const describe = database.transaction((ids: readonly number[]): readonly StoredMessage[] => {
    const list = JSON.stringify(ids)
    const placed = Map.groupBy(placements.all(list), ({ content }) => content)
    return contents.all(list).map(({ id, sha256, octets }) => {
      const rows = placed.get(id) ?? []
      return { id, sha256: sha256.toString('hex'), octets, placements: rows.map(toPlacement) }
    })
  })
  const delimiter = database
    .prepare<[string, string], string | null>(
      `SELECT delimiter FROM mailbox JOIN account ON account.id = mailbox.account
       WHERE account.name = ? AND path = ? ORDER BY kind LIMIT 1`,
    )
    .pluck()
  return {
    delimiterOf: (account, mailbox) => delimiter.get(account, mailbox) ?? undefined,
    contents: (reach) => (reach === 'present' ? present : all).all(),
    describe,
    read: (id) => messages.read(id),
  }
}
