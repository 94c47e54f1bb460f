import type { ReadableMessage } from '../search/extracted-message.ts'
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

/** `show --json`: the object of `search --json`, with header fields, text and HTML. */
export function readableJson(message: StoredMessage, readable: ReadableMessage, facts: IndexFacts): string {
  const { fields, attachments, headers, text, html } = readable
  const { messageId, from, to, cc, subject } = fields
  const date = facts.date ?? fields.date?.seconds
  const described = { ...message, messageId, date, from, to, cc, subject, attachments }
  const { id, threadId, snippet } = facts
  return safeJson({ ...messageObject({ ...described, id, threadId, snippet }), headers, text, html })
}
