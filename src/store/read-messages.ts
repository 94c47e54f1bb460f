import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { MessageName, MessageReader, StoredMessage, StoredPlacement } from '../search/stored-message.ts'
import { contentReader } from './read-content.ts'
import { parseTexts, toInternalDate, toIso } from './stored-values.ts'
import type { InternalDateColumns } from './stored-values.ts'

interface ContentRow {
  readonly id: number
  readonly sha256: Buffer
  readonly octets: number
}

export interface PlacementRow extends InternalDateColumns {
  readonly account: string
  readonly path: string
  readonly uid_validity: number
  readonly uid: number
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly first_seen: number
  readonly removed_at: number | null
}

/** An ambiguous prefix names so many messages at most. */
const maxFound = 10

/** The columns of a `PlacementRow`, where they come from, and the beginning of a condition. */
export function placementColumns(condition: string): string {
  return `account.name AS account, mailbox.path, epoch.uid_validity, uid, flags, keywords, labels, internal_date,
    internal_date_offset, internal_date_text, placement.first_seen, removed_at
  FROM placement JOIN epoch ON epoch.id = placement.epoch JOIN mailbox ON mailbox.id = epoch.mailbox
    JOIN account ON account.id = mailbox.account
  WHERE ${condition}`
}

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

export function toPlacement(row: PlacementRow): StoredPlacement {
  return {
    account: row.account,
    mailbox: row.path,
    uidValidity: row.uid_validity,
    uid: row.uid,
    flags: parseTexts(row.flags),
    keywords: parseTexts(row.keywords),
    labels: parseTexts(row.labels),
    internalDate: toInternalDate(row),
    firstSeen: toIso(row.first_seen),
    removedAt: row.removed_at === null ? undefined : toIso(row.removed_at),
  }
}
