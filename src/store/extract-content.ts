import { messageOf } from '../model/errors.ts'
import type { ExtractedMessage } from '../search/extracted-message.ts'
import type { StoredContent } from './read-content.ts'
import type { UnindexedReader } from './read-unindexed.ts'

/** What turns octets into what is indexed; a higher version says that an index made by a lower one is stale. */
export interface IndexedParser {
  readonly version: number
  /** See `MessageParser.extract`. */
  extract(octets: Uint8Array): ExtractedMessage
}

/** Reads and parses a content. Damaged octets, or a bug of the parser's: the message is kept, and counted among those that could not
 *  be read. Never throws. */
export function extractContent(
  reader: Pick<UnindexedReader, 'read'>,
  parser: Pick<IndexedParser, 'extract'>,
  content: StoredContent,
): ExtractedMessage {
  try {
    const { octets, isWhole } = reader.read(content)
    const extracted = parser.extract(octets)
    if (isWhole) return extracted
    return { ...extracted, trouble: `only its first ${octets.length / 2 ** 20} MB were read` }
  } catch (error) {
    return nothingOf(messageOf(error))
  }
}

/** Of a message that could not be read. */
export function nothingOf(trouble: string): ExtractedMessage {
  const none = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [], inReplyTo: [], references: [] }
  const fields = { messageId: undefined, date: undefined, subject: undefined, listId: undefined, ...none }
  return { fields, text: '', attachments: [], trouble }
}
