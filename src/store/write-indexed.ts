import type { Database } from 'better-sqlite3'
import type { Address, AttachmentEntry, ExtractedMessage, MessageFields } from '../search/extracted-message.ts'
import { indexedText } from './extract-content.ts'
import { TextBlocks } from './index-texts.ts'
import { threadFinder } from './index-threads.ts'

/** A content, and what the facts and the parser say of it. */
export interface MessageToIndex {
  /** The content's number. */
  readonly id: number
  readonly octets: number
  /** The earliest INTERNALDATE of its placements, in seconds since 1970. */
  readonly internalDate: number | undefined
  /** See `ThreadLinks`. */
  readonly serverThreads: readonly string[]
  readonly extracted: ExtractedMessage
  /** See `indexedText`; undefined: they are still to be made. */
  readonly bodyWords: string | undefined
}

export interface IndexWriter {
  /** Replaces what the index holds of the content. */
  add(message: MessageToIndex): void
  /** Call before the transaction is committed. */
  flush(): void
}

/** Writes rows of the index, within transactions of the caller's. */
export function indexWriter(index: Database, parserVersion: number): IndexWriter {
  const rows = rowWriter(index, parserVersion)
  const texts = new TextBlocks(index)
  const threadOf = threadFinder(index)
  const words = wordWriter(index)
  const isKnown = index.prepare<[number], number>('SELECT 1 FROM message WHERE id = ?').pluck()
  const remove = [
    index.prepare<[number]>('DELETE FROM message_text WHERE rowid = ?'),
    index.prepare<[number]>('DELETE FROM message WHERE id = ?'),
  ]
  return {
    add(message) {
      const { id, extracted } = message
      if (isKnown.get(id) !== undefined) for (const statement of remove) statement.run(id)
      const thread = threadOf(id, { fields: extracted.fields, serverThreads: message.serverThreads })
      const place = texts.add(extracted.text)
      rows.message(message, [thread, place?.block ?? null, place?.start ?? null, place?.octets ?? null])
      extracted.attachments.forEach((attachment, position) => rows.attachment(id, position, attachment))
      words(id, extracted, message.bodyWords)
    },
    flush: () => texts.flush(),
  }
}

type Value = string | number | null
type Location = readonly [thread: number, block: number | null, start: number | null, octets: number | null]

function rowWriter(index: Database, parserVersion: number) {
  const addMessage = index.prepare<Value[]>(`
    INSERT INTO message (id, date, octets, has_attachments, parser_version, message_id, date_text, date_source, subject,
      addresses, thread_refs, list_id, trouble, thread, text_block, text_start, text_octets)
    VALUES (${Array.from({ length: 17 }, () => '?').join()})`)
  const addAttachment = index.prepare<Value[]>(`
    INSERT INTO attachment (message, position, part, name, content_type, octets, content_id, inline)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  return {
    message({ id, octets, internalDate, extracted }: MessageToIndex, location: Location): void {
      const { fields, attachments, trouble } = extracted
      const date = dateOf(fields, internalDate)
      const sizes = [id, date.seconds, octets, attachments.some(isAttached) ? 1 : 0, parserVersion]
      const texts = [textOrNull(fields.messageId), textOrNull(date.text), date.source, textOrNull(fields.subject)]
      const lists = [addressesJson(fields), referencesJson(fields), textOrNull(fields.listId), textOrNull(trouble)]
      addMessage.run(...sizes, ...texts, ...lists, ...location)
    },
    attachment(id: number, position: number, one: AttachmentEntry): void {
      const { part, name, type, octets, contentId, inline } = one
      addAttachment.run(id, position, part, textOrNull(name), type, octets, textOrNull(contentId), inline ? 1 : 0)
    },
  }
}

/** The words of a message, column by column; see the table. */
function wordWriter(index: Database): (id: number, extracted: ExtractedMessage, bodyWords: string | undefined) => void {
  const add = index.prepare<Value[]>(`
    INSERT INTO message_text (rowid, subject, sender, recipients, copies, body, attachments, extra)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  return (id, { fields, text, attachments }, bodyWords) => {
    const { subject = '', from, to, cc, sender, replyTo, bcc, listId = '' } = fields
    const names = attachments.map(({ name = '' }) => name).join(' ')
    const extra = `${addressText(sender)} ${addressText(replyTo)} ${addressText(bcc)} ${listId}`
    const columns = [subject, addressText(from), addressText(to), addressText(cc)].map(indexedText)
    add.run(id, ...columns, bodyWords ?? indexedText(text), indexedText(names), indexedText(extra))
  }
}

function dateOf({ date }: MessageFields, internalDate: number | undefined) {
  if (date !== undefined) return date
  if (internalDate !== undefined) return { seconds: internalDate, text: undefined, source: 'internal' }
  return { seconds: 0, text: undefined, source: 'none' }
}

/** A picture within the text is no attachment to whoever looks for one. */
function isAttached({ inline, name, type, contentId }: AttachmentEntry): boolean {
  return !inline || (name !== undefined && contentId === undefined && !type.startsWith('image/'))
}

function addressText(addresses: readonly Address[]): string {
  return addresses.map(({ name, address }) => `${name} ${address}`).join(' ')
}

function addressesJson(fields: MessageFields): string {
  const { from, sender, replyTo, to, cc, bcc } = fields
  const lists = Object.entries({ from, sender, replyTo, to, cc, bcc }).filter(([, list]) => list.length > 0)
  return textOrNull(JSON.stringify(Object.fromEntries(lists.map(([key, list]) => [key, list.map(toPair)])))) ?? '{}'
}

const toPair = ({ name, address }: Address): readonly string[] => [name, address]

function referencesJson({ inReplyTo, references }: MessageFields): string | null {
  return inReplyTo.length + references.length === 0 ? null : JSON.stringify([inReplyTo, references])
}

/** SQLite's text ends at a NUL for some of its functions. */
function textOrNull(text: string | undefined): string | null {
  return text === undefined ? null : text.replaceAll('\0', '')
}
