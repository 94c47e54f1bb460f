/** A mailbox in RFC 5322's sense: who wrote, who receives. Members of groups stand for themselves. */
export interface Address {
  /** Decoded; empty: there is none. */
  readonly name: string
  /** local-part@domain as written; empty where only a name is readable. */
  readonly address: string
}

/** When a message was written. */
export interface MessageDate {
  /** Seconds since 1970 in UTC. */
  readonly seconds: number
  /** What was read, as written. */
  readonly text: string
  /** The Date field, or where it is missing or no date the newest Received field (RFC 5322 §3.6.1, RFC 5321 §4.4). */
  readonly source: 'date' | 'received'
}

export interface MessageFields {
  /** Without angle brackets. */
  readonly messageId: string | undefined
  readonly date: MessageDate | undefined
  /** Decoded for reading; undefined: no such field. */
  readonly subject: string | undefined
  readonly from: readonly Address[]
  readonly sender: readonly Address[]
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  /** Message-IDs without angle brackets, in their order, each once, bounded in number. */
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  /** List-Id (RFC 2919) as written, decoded. */
  readonly listId: string | undefined
}

/** A part of a message that is not its text. */
export interface AttachmentEntry {
  /** Part number as IMAP counts them (RFC 9051 §6.4.5): `2`, `1.3`. */
  readonly part: string
  /** As the sender called it, decoded, hostile; undefined: it has none. */
  readonly name: string | undefined
  /** In lower case, without parameters: `application/pdf`. */
  readonly type: string
  /** Of the decoded data. */
  readonly octets: number
  /** Content-ID without angle brackets. */
  readonly contentId: string | undefined
  /** The sender means it to be shown within the text. */
  readonly inline: boolean
}

/** What the index keeps of a message. */
export interface ExtractedMessage {
  readonly fields: MessageFields
  /** The text for reading: text/plain parts in their order, an HTML part as text where there is no plain one. Bounded. */
  readonly text: string
  readonly attachments: readonly AttachmentEntry[]
  /** What could not be read, or was left out at a limit, in words for a person; undefined: nothing. */
  readonly trouble: string | undefined
}

/** A message for reading: as in the index, and what only reading needs. */
export interface ReadableMessage extends ExtractedMessage {
  /** Header fields in their order; values unfolded and decoded. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** HTML parts as sent, decoded; hostile. undefined: there is none. */
  readonly html: string | undefined
}

/** Reads messages (RFC 5322, 2045 to 2047, 2231). Nothing here throws because of a message's octets; time and memory are
 *  bounded by its size. */
export interface MessageParser {
  /** For the index: attachments are listed and not decoded. */
  extract(octets: Uint8Array): ExtractedMessage
  read(octets: Uint8Array): ReadableMessage
  /** A page for a browser that shows the message by itself: nothing in it runs, and nothing is fetched (S18). */
  document(octets: Uint8Array): Promise<string>
  /** The decoded data of the part of that number, for attachments and text alike; undefined: there is no such part. */
  partData(octets: Uint8Array, part: string): Uint8Array | undefined
}
