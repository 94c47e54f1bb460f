import type { Account } from '../model/account.ts'
import type { SmtpEnvelope } from './outbox.ts'

/** What a server answered of one recipient. */
export interface RecipientReply {
  readonly address: string
  readonly state: 'accepted' | 'refused' | 'deferred'
  /** Its words, unsafe. */
  readonly reply: string
}

/** How one submission ended.
 *  - accepted: the server has taken it for those recipients that are `accepted`; at least one is.
 *  - refused: it has taken it for nobody. `isTemporary`: it may be tried again (4yz). `concernsAccount`: it was not about this message, so
 *    others would meet the same now (421, 454, too much mail).
 *  - lost: the connection was lost, or broken off. `mayBeTaken`: after the last octet had left. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly reply: string; readonly recipients: readonly RecipientReply[] }
  | {
      readonly kind: 'refused'
      readonly isTemporary: boolean
      readonly concernsAccount: boolean
      readonly reply: string
      readonly recipients: readonly RecipientReply[]
    }
  | { readonly kind: 'lost'; readonly mayBeTaken: boolean; readonly reason: string }

export interface Submission {
  readonly envelope: SmtpEnvelope
  /** As they go over the wire, without Bcc; lines end with CRLF. Dots are stuffed by the connection. */
  readonly octets: Uint8Array
  /** Called once, when all but the end of the message (CRLF.CRLF) has been handed to the socket. False: the end must never leave; the connection is
   *  broken off and the outcome is `lost`, not taken. A rejection does the same and is thrown on. */
  readonly beforeEnd: () => Promise<boolean>
}

/** One logged-in connection; one submission at a time. */
export interface SubmitConnection {
  /** SIZE (RFC 1870), octets; undefined: the server names none. */
  readonly maxOctets: number | undefined
  /** SMTPUTF8 (RFC 6531). */
  readonly takesUtf8: boolean
  /** 8BITMIME (RFC 6152): octets beyond ASCII in a message. */
  readonly takesEightBits: boolean
  /** False once it is lost or the server has said goodbye (421). */
  readonly usable: boolean
  /** Never throws for what the server or the network does; throws INTERRUPTED only before the message's last octet has left, else the outcome is `lost`. */
  submit(submission: Submission, signal: AbortSignal): Promise<SubmitOutcome>
  /** QUIT. Never throws. */
  close(): Promise<void>
}

/** Opens connections to an account's submission server (RFC 6409). */
export interface SubmitServer {
  /** Connects, secures and logs in once (F24). Throws SERVER_UNREACHABLE, CONNECTION_LOST, TLS_REFUSED, LOGIN_REJECTED, THROTTLED (4yz, with its words),
   *  PROTOCOL_VIOLATION, SECRET_UNAVAILABLE, CONFIG_UNSAFE, CONFIG_INVALID or INTERRUPTED. Without a password nobody logs in: that is allowed
   *  on loopback only (SECRET_UNAVAILABLE elsewhere). */
  connect(account: Account, signal: AbortSignal): Promise<SubmitConnection>
}

/** The \Sent mailbox of an account, on an IMAP connection of its own that can only add. */
export interface SentMailbox {
  /** Decoded. */
  readonly path: string
  /** Whether a message with this Message-ID (angle brackets and all) is there. Never "no" for a refused command. */
  holds(messageId: string): Promise<boolean>
  /** With \Seen and the date at which it was sent. A refusal throws COMMAND_REJECTED. */
  append(octets: Uint8Array, sentAtMs: number): Promise<void>
  /** Never throws. */
  close(): Promise<void>
}

export interface SentMailboxes {
  /** By the config's `special-use`, by the server's attributes (RFC 6154), else `Sent`, which is made if it is missing. Throws as `SubmitServer.connect`
   *  does. */
  open(account: Account, signal: AbortSignal): Promise<SentMailbox>
}

export interface MailAddress {
  /** Decoded; empty: none. */
  readonly name: string
  /** `local@domain`; may hold characters beyond ASCII. */
  readonly address: string
}

export interface DraftAttachment {
  readonly name: string
  /** undefined: by the name. */
  readonly type: string | undefined
  readonly octets: Uint8Array
}

/** A message to compose. No text in it holds CR, LF or NUL except `text` and `html`. */
export interface Draft {
  readonly from: MailAddress
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  readonly bcc: readonly MailAddress[]
  readonly subject: string
  /** Plain text; sent as format=flowed (RFC 3676) where that reads back the same. undefined: only `html`. */
  readonly text: string | undefined
  readonly html: string | undefined
  readonly attachments: readonly DraftAttachment[]
  /** Sent along whole, as message/rfc822, octet by octet. */
  readonly forwarded: Uint8Array | undefined
  /** With angle brackets. */
  readonly inReplyTo: string | undefined
  readonly references: readonly string[]
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly messageId: string
  readonly dateMs: number
}

export interface Composer {
  /** A whole message, Bcc field included; lines end with CRLF, and none is longer than 998 octets unless `forwarded` has longer ones. Nothing is read from files or
   *  addresses that stand in the draft (S18). */
  compose(draft: Draft): Promise<Uint8Array>
  /** The addresses of a field such as `Zoë <zoe@example.org>, team@example.org`; groups are opened. Empty: of an
   *  empty group. undefined: it cannot be read whole. */
  addresses(field: string): readonly MailAddress[] | undefined
}
