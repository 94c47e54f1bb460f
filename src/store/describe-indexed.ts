import type { Database } from 'better-sqlite3'
import type { Address, AttachmentEntry } from '../search/extracted-message.ts'
import type { IndexedMessage } from '../search/search-reader.ts'
import type { StoredPlacement } from '../model/stored-message.ts'
import { placementColumns, toPlacement } from './read-placements.ts'
import type { PlacementRow } from './read-placements.ts'
import { parseJson } from './stored-values.ts'

interface MessageRow {
  readonly id: number
  readonly sha256: Buffer
  readonly octets: number
  readonly date: number
  readonly date_source: string
  readonly thread: number
  readonly message_id: string | null
  readonly subject: string | null
  readonly addresses: string
  readonly thread_refs: string | null
  readonly trouble: string | null
}

interface AttachmentRow {
  readonly message: number
  readonly part: string
  readonly name: string | null
  readonly content_type: string
  readonly octets: number
  readonly content_id: string | null
  readonly inline: number
}

/** What index and facts say of these messages, in their order; those that are not indexed are left out. */
export function indexedMessages(database: Database, ids: readonly number[]): readonly IndexedMessage[] {
  const list = ids.join()
  const rows = database
    .prepare<[], MessageRow>(`
      SELECT message.id, content.sha256, content.octets, date, date_source, thread, message_id, subject, addresses, thread_refs, trouble
      FROM search.message AS message JOIN content ON content.id = message.id WHERE message.id IN (${list})`)
    .all()
  const placements = Map.groupBy(placementsOf(database, list), ({ content }) => content)
  const attachments = Map.groupBy(attachmentsOf(database, list), ({ message }) => message)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (row === undefined) return []
    const where: readonly StoredPlacement[] = (placements.get(id) ?? []).map(toPlacement)
    return [toMessage(row, where, (attachments.get(id) ?? []).map(toAttachment))]
  })
}

function placementsOf(database: Database, list: string): readonly (PlacementRow & { readonly content: number })[] {
  const sql = `SELECT placement.content, ${placementColumns('placement.content IN')} (${list})
    ORDER BY removed_at IS NOT NULL, account.name, mailbox.path, epoch.id, uid`
  return database.prepare<[], PlacementRow & { readonly content: number }>(sql).all()
}

function attachmentsOf(database: Database, list: string): readonly AttachmentRow[] {
  const sql = `SELECT message, part, name, content_type, octets, content_id, inline FROM search.attachment
    WHERE message IN (${list}) ORDER BY message, position`
  return database.prepare<[], AttachmentRow>(sql).all()
}

function toAttachment(row: AttachmentRow): AttachmentEntry {
  const { part, name, content_type: type, octets, content_id: contentId, inline } = row
  return { part, name: name ?? undefined, type, octets, contentId: contentId ?? undefined, inline: inline !== 0 }
}

function toMessage(
  row: MessageRow,
  placements: readonly StoredPlacement[],
  attachments: readonly AttachmentEntry[],
): IndexedMessage {
  const lists = parseJson(row.addresses)
  const [inReplyTo, references] = toTextLists(parseJson(row.thread_refs))
  return {
    id: row.id,
    sha256: row.sha256.toString('hex'),
    octets: row.octets,
    placements,
    messageId: row.message_id ?? undefined,
    date: row.date_source === 'none' ? undefined : row.date,
    from: toAddresses(lists, 'from'),
    to: toAddresses(lists, 'to'),
    cc: toAddresses(lists, 'cc'),
    subject: row.subject ?? undefined,
    inReplyTo,
    references,
    attachments,
    threadId: row.thread,
    trouble: row.trouble ?? undefined,
  }
}

/** Of JSON `{"from":[[name,address],…],…}`. What is not of this form is left out: the index may be anybody's file. */
function toAddresses(lists: unknown, name: string): readonly Address[] {
  const list: unknown =
    typeof lists === 'object' && lists !== null ? Object.entries(lists).find(([key]) => key === name)?.[1] : []
  return toArray(list).flatMap((pair) => {
    const [own, address] = toArray(pair)
    return typeof own === 'string' && typeof address === 'string' ? [{ name: own, address }] : []
  })
}

function toTextLists(value: unknown): readonly [readonly string[], readonly string[]] {
  const [first, second] = toArray(value)
  const texts = (list: unknown): readonly string[] => toArray(list).filter((text) => typeof text === 'string')
  return [texts(first), texts(second)]
}

function toArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
