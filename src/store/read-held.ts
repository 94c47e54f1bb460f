import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { headerProof, maxHeaderOctets } from '../model/header-fields.ts'
import type { ContentId, HeldContent, HeldMessages } from '../sync/ports.ts'
import { contentReader } from './read-content.ts'
import type { StoredContent } from './read-content.ts'

interface HeldRow {
  readonly content: ContentId
  readonly size: number
  readonly internal_date: number | null
}

/** What is held already, so that it need not be fetched again. */
export interface HeldReader {
  formerMessages(epoch: number): HeldMessages
  hasProviderIds(epoch: number): boolean
  contentsByProviderId(epoch: number, ids: readonly string[]): readonly (HeldContent | undefined)[]
  headerProofs(contents: readonly ContentId[]): readonly (string | undefined)[]
}

export function heldMessages(database: Database): HeldReader {
  const former = database.prepare<[number, number], HeldRow>(
    `SELECT content, coalesce(size, octets) AS size, internal_date FROM epoch
     JOIN placement ON placement.epoch = epoch.id JOIN content ON content.id = placement.content
     WHERE mailbox = (SELECT mailbox FROM epoch WHERE id = ?) AND state = 'current' AND epoch.id <> ?
       AND removed_at IS NULL AND pruned IS NULL`,
  )
  const accountOf = database
    .prepare<[number], number>(
      'SELECT account FROM mailbox JOIN epoch ON epoch.mailbox = mailbox.id WHERE epoch.id = ?',
    )
    .pluck()
  const anyId = database
    .prepare<[number], number>(
      `SELECT 1 FROM mailbox JOIN epoch ON epoch.mailbox = mailbox.id WHERE account = ? AND EXISTS
         (SELECT 1 FROM placement WHERE epoch = epoch.id AND provider_id IS NOT NULL) LIMIT 1`,
    )
    .pluck()
  const byId = database.prepare<[string, number], HeldContent>(
    `SELECT DISTINCT content, coalesce(size, octets) AS size FROM placement JOIN epoch ON epoch.id = placement.epoch
     JOIN mailbox ON mailbox.id = epoch.mailbox JOIN content ON content.id = placement.content
     WHERE provider_id = ? AND account = ? AND pruned IS NULL LIMIT 2`,
  )
  const proofOf = proofReader(database)

  return {
    formerMessages: (epoch) => toColumns(former.iterate(epoch, epoch)),
    hasProviderIds: (epoch) => anyId.get(accountOf.get(epoch) ?? 0) !== undefined,
    contentsByProviderId: (epoch, ids) => {
      const account = accountOf.get(epoch) ?? 0
      return ids.map((id) => {
        const [content, ...others] = byId.all(id, account)
        return others.length === 0 ? content : undefined
      })
    },
    headerProofs: (contents) => contents.map((content) => proofOf(content)),
  }
}

function toColumns(rows: Iterable<HeldRow>): HeldMessages {
  const contents: ContentId[] = []
  const sizes: number[] = []
  const seconds: number[] = []
  for (const { content, size, internal_date: date } of rows) {
    contents.push(content)
    sizes.push(size)
    seconds.push(date ?? NaN)
  }
  return { contents, sizes, seconds }
}

/** Of a content that lies as it is only the beginning is read. */
function proofReader(database: Database): (content: ContentId) => string | undefined {
  const contents = contentReader(database)
  const begin = database
    // Of no octets SQLite's substr makes NULL.
    .prepare<[number], Buffer>(
      `SELECT coalesce(substr(data, 1, ${maxHeaderOctets + 1}), x'') FROM content WHERE id = ?`,
    )
    .pluck()
  const beginning = (content: StoredContent): Uint8Array | undefined => {
    if (content.encoding !== 'identity') return contents.read(content)
    const data = begin.get(content.id)
    if (data === undefined || data.length > 0) return data
    const [first] = contents.pieces(content)
    return first
  }
  return (id) => {
    const content = contents.find(id)
    if (content === undefined) return undefined
    try {
      const octets = beginning(content)
      return octets === undefined ? undefined : headerProof(octets)
    } catch (error) {
      // What is damaged proves nothing: the message is fetched anew.
      if (error instanceof AppError && error.code === 'DAMAGED') return undefined
      throw error
    }
  }
}
