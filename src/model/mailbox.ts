/** A role of RFC 6154, without the backslash and in lower case; `inbox` besides. */
export type SpecialUse = 'inbox' | 'all' | 'archive' | 'drafts' | 'flagged' | 'junk' | 'sent' | 'trash' | 'important'

/** A mailbox as LIST shows it (RFC 9051 §6.3.9). */
export interface ListedMailbox {
  /** Decoded, with the server's own delimiter. For people. */
  readonly path: string
  /** The name exactly as on the wire: the key. Two names may decode alike. */
  readonly wirePath: string
  readonly delimiter: string | undefined
  readonly specialUse: SpecialUse | undefined
  readonly selectable: boolean
  readonly subscribed: boolean
  /** What LIST-STATUS said of it, where the server offers that (RFC 5819). */
  readonly status: MailboxStatus | undefined
}

/** What STATUS says; undefined is "not told", which never equals anything. */
export interface MailboxStatus {
  readonly uidValidity: bigint | undefined
  readonly uidNext: number | undefined
  readonly messages: number | undefined
  readonly highestModseq: bigint | undefined
}
