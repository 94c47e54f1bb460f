import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import type { MessageName, MessageReader } from '../search/stored-message.ts'
import { contentReader } from './read-content.ts'
import { placementColumns, toPlacement } from './read-placements.ts'
import type { PlacementRow } from './read-placements.ts'

interface ContentRow {
  readonly id: number
  readonly sha256: Buffer
  readonly octets: number
}

/** An ambiguous prefix names so many messages at most. */
const maxFound = 10

const placementsOfContent = `
  SELECT ${placementColumns('placement.content = ?')}
  ORDER BY removed_at IS NOT NULL, account.name, mailbox.path, epoch.id, uid`

export function messageReader(database: Database): MessageReader {
  const byId = database.prepare<[number], ContentRow>('SELECT id, sha256, octets FROM content WHERE id = ?')
  const byHash = database.prepare<{ first: Buffer; last: Buffer }, ContentRow>(
    `SELECT id, sha256, octets FROM content
     WHERE sha256 BETWEEN @first AND @last ORDER BY sha256 LIMIT ${maxFound}`,
  )
  const placements = database.prepare<[number], PlacementRow>(placementsOfContent)
  const contents = contentReader(database)

  const rowsOf = (name: MessageName): readonly ContentRow[] => {
    if ('id' in name) return byId.all(name.id)
    const bound = (digit: string): Buffer => Buffer.from(name.sha256Prefix.padEnd(64, digit), 'hex')
    return byHash.all({ first: bound('0'), last: bound('f') })
  }

  const find = database.transaction((name: MessageName): readonly StoredMessage[] =>
    rowsOf(name).map((row) => ({
      id: row.id,
      sha256: row.sha256.toString('hex'),
      octets: row.octets,
      placements: placements.all(row.id).map(toPlacement),
    })),
  )

  return {
    find: (name) => find(name),
    read: (id) => {
      const content = contents.find(id)
      if (content !== undefined) return contents.read(content)
      throw new AppError({ code: 'NO_SUCH_MESSAGE', scope: 'message', message: `the store holds no message ${id}` })
    },
  }
}
