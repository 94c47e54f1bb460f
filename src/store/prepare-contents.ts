import { wordSpacer } from '../model/spaced-words.ts'
import type { Address, AttachmentEntry, ExtractedMessage, MessageFields } from '../search/extracted-message.ts'
import { extractContent, nothingOf } from './extract-content.ts'
import type { IndexedParser } from './extract-content.ts'
import { TextBlocks } from './index-texts.ts'
import type { TextPlace } from './index-texts.ts'
import type { IndexerSignals, UnreadableContent } from './indexer-protocol.ts'
import type { StoredContent } from './read-content.ts'
import type { ContentFacts, UnindexedReader } from './read-unindexed.ts'
import { threadKeysOf } from './thread-keys.ts'

export type Value = string | number | null

/** Columns of the table `message` that tell of the message alone, in the order of `PreparedMessage.row`. */
export const preparedColumns =
  'date, octets, has_attachments, message_id, date_text, date_source, subject, addresses, thread_refs, list_id, trouble'

/** All that is written of a content, ready to be written. Lists rather than objects: they are copied from thread to thread. */
export interface PreparedMessage {
  /** The content's number. */
  readonly id: number
  readonly row: readonly Value[]
  /** Rows of the table `attachment` in its order, without the message. */
  readonly attachments: readonly (readonly Value[])[]
  /** Columns of the table `message_text`, for SQLite's `ascii` tokenizer. */
  readonly words: readonly string[]
  readonly threadKeys: readonly number[]
  /** undefined: it has no text. */
  readonly text: TextPlace | undefined
}

export interface PreparedContents {
  /** Of the messages. */
  readonly octets: number
  readonly messages: readonly PreparedMessage[]
  /** Texts of some messages one after the other, compressed (zstd). */
  readonly blocks: readonly Uint8Array[]
}

export interface PreparerOptions {
  readonly facts: Pick<UnindexedReader, 'factsOf' | 'read'>
  readonly parser: Pick<IndexedParser, 'extract'>
  readonly signals: Pick<IndexerSignals, 'content' | 'isStopped'>
  readonly unreadable: readonly UnreadableContent[]
}

/** Reads and parses contents, which are in order, and does all that can be done before the index is touched; the first of them
 *  only when it is told to stop. Throws only what reading the facts throws. */
export function contentPreparer(options: PreparerOptions): (contents: readonly StoredContent[]) => PreparedContents {
  const { facts, parser, signals } = options
  const spaced = wordSpacer()
  const unreadable = new Map(options.unreadable.map(({ id, trouble }) => [id, trouble]))
  const extract = (content: StoredContent): ExtractedMessage => {
    const known = unreadable.get(content.id)
    if (known !== undefined) return nothingOf(known)
    signals.content = content.id
    return extractContent(facts, parser, content)
  }
  return (contents) => {
    try {
      const known = facts.factsOf(contents)
      const texts = new TextBlocks()
      const messages: PreparedMessage[] = []
      let octets = 0
      for (const content of contents) {
        if (signals.isStopped) break
        const extracted = extract(content)
        messages.push({
          ...prepare(content, extracted, known.get(content.id)),
          words: columnsOf(extracted).map(spaced),
          text: texts.add(extracted.text),
        })
        octets += content.octets
      }
      return { octets, messages, blocks: texts.end() }
    } finally {
      signals.content = 0
    }
  }
}

function prepare({ id, octets }: StoredContent, extracted: ExtractedMessage, facts: ContentFacts | undefined) {
  const { fields, attachments, trouble } = extracted
  const date = dateOf(fields, facts?.internalDate)
  const sizes = [date.seconds, octets, attachments.some(isAttached) ? 1 : 0]
  const texts = [textOrNull(fields.messageId), textOrNull(date.text), date.source, textOrNull(fields.subject)]
  const lists = [addressesJson(fields), referencesJson(fields), textOrNull(fields.listId), textOrNull(trouble)]
  return {
    id,
    row: [...sizes, ...texts, ...lists],
    attachments: attachments.map(attachmentRow),
    threadKeys: threadKeysOf({ fields, serverThreads: facts?.serverThreads ?? [] }),
  }
}

function attachmentRow(attachment: AttachmentEntry, position: number): readonly Value[] {
  const { part, name, type, octets, contentId, inline } = attachment
  return [position, part, textOrNull(name), type, octets, textOrNull(contentId), inline ? 1 : 0]
}

function columnsOf({ fields, text, attachments }: ExtractedMessage): readonly string[] {
  const { subject = '', from, to, cc, sender, replyTo, bcc, listId = '' } = fields
  const names = attachments.map(({ name = '' }) => name).join(' ')
  const extra = `${addressText(sender)} ${addressText(replyTo)} ${addressText(bcc)} ${listId}`
  return [subject, addressText(from), addressText(to), addressText(cc), text, names, extra]
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
