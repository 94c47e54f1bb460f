import type { Database } from 'better-sqlite3'
import { threadFinder } from './index-threads.ts'
import { preparedColumns } from './prepare-contents.ts'
import type { PreparedContents, PreparedMessage, Value } from './prepare-contents.ts'

/** Writes what was prepared in place of what the index holds of it, within a transaction of the caller's. */
export function indexWriter(index: Database, parserVersion: number): (prepared: PreparedContents) => void {
  const isLaterThanAll = newcomers(index)
  const remove = [
    index.prepare<[number]>('DELETE FROM message_text WHERE rowid = ?'),
    index.prepare<[number]>('DELETE FROM message WHERE id = ?'),
  ]
  const write = rowWriter(index, parserVersion)
  const addBlocks = blockWriter(index)
  return ({ messages, blocks }) => {
    const firstBlock = addBlocks(blocks)
    for (const message of messages) {
      if (!isLaterThanAll(message.id)) for (const statement of remove) statement.run(message.id)
      write(message, firstBlock)
    }
  }
}

/** Of a content that was never indexed there is nothing to remove; they come in their order. */
function newcomers(index: Database): (id: number) => boolean {
  let highest = index.prepare<[], number>('SELECT coalesce(max(id), 0) FROM message').pluck().get() ?? 0
  return (id) => {
    const isLater = id > highest
    highest = Math.max(highest, id)
    return isLater
  }
}

function rowWriter(index: Database, parserVersion: number): (message: PreparedMessage, firstBlock: number) => void {
  const threadOf = threadFinder(index)
  const addMessage = index.prepare<[readonly Value[]]>(`
    INSERT INTO message (id, thread, parser_version, text_block, text_start, text_octets, ${preparedColumns})
    VALUES (${placeholders(6 + preparedColumns.split(',').length)})`)
  const addAttachment = index.prepare<[readonly Value[]]>(`
    INSERT INTO attachment (message, position, part, name, content_type, octets, content_id, inline)
    VALUES (${placeholders(8)})`)
  const addWords = index.prepare<[readonly Value[]]>(`
    INSERT INTO message_text (rowid, subject, sender, recipients, copies, body, attachments, extra)
    VALUES (${placeholders(8)})`)
  return ({ id, row, attachments, words, threadKeys, text }, firstBlock) => {
    const place = text === undefined ? [null, null, null] : [firstBlock + text.block, text.start, text.octets]
    addMessage.run([id, threadOf(id, threadKeys), parserVersion, ...place, ...row])
    for (const attachment of attachments) addAttachment.run([id, ...attachment])
    addWords.run([id, ...words])
  }
}

/** Tells the number of the first. */
function blockWriter(index: Database): (blocks: readonly Uint8Array[]) => number {
  const add = index.prepare<[number, Uint8Array]>('INSERT INTO text_block (id, data) VALUES (?, ?)')
  let next = (index.prepare<[], number>('SELECT coalesce(max(id), 0) FROM text_block').pluck().get() ?? 0) + 1
  return (blocks) => {
    const first = next
    for (const block of blocks) add.run(next++, block)
    return first
  }
}

function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join()
}
