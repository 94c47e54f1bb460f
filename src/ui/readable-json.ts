import type { AttachmentEntry, ReadableMessage } from '../search/extracted-message.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import { messageObject } from './message-json.ts'
import { safeJson } from './safe-text.ts'

/** What the octets do not tell; undefined: it is not indexed yet. */
interface IndexFacts {
  /** As `show` takes it. */
  readonly id: number | string
  readonly threadId: number | undefined
  /** Seconds since 1970. */
  readonly date: number | undefined
  readonly snippet: string
}

/** What is written besides, and what is left out. */
export interface ReadableChoice {
  /** False: neither text nor HTML. */
  readonly withText?: boolean
  /** The decoded data of a part. undefined: it is not wanted. */
  readonly dataOf?: ((part: string) => Uint8Array | undefined) | undefined
}

/** `show --json`: the object of `search --json`, with header fields, text and HTML. */
export function readableJson(
  message: StoredMessage,
  readable: ReadableMessage,
  { withText = true, dataOf, ...facts }: IndexFacts & ReadableChoice,
): string {
  const { fields, attachments, headers, text, html } = readable
  const { messageId, from, to, cc, subject } = fields
  const date = facts.date ?? fields.date?.seconds
  const described = { ...message, messageId, date, from, to, cc, subject, attachments }
  const { id, threadId, snippet } = facts
  const object = messageObject({ ...described, id, threadId, snippet })
  const withData =
    dataOf === undefined ? {} : { attachments: attachments.map((one) => attachmentWithData(one, dataOf)) }
  return safeJson({ ...object, ...withData, headers, ...(withText ? { text, html } : {}) })
}

function attachmentWithData(
  { part, name, type, octets }: AttachmentEntry,
  dataOf: (part: string) => Uint8Array | undefined,
): unknown {
  const data = dataOf(part)
  return { part, name, type, octets, data: data === undefined ? undefined : Buffer.from(data).toString('base64') }
}
