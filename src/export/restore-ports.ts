import type { InternalDate } from '../model/message.ts'
import type { UidSet } from '../model/uid-set.ts'

/** A mailbox of the server that mail is restored to. */
export interface ServerMailbox {
  /** Decoded. */
  readonly path: string
  readonly wirePath: string
  readonly delimiter: string | undefined
  readonly selectable: boolean
}

/** What a mailbox of the server holds, column by column. */
export interface ServerMessages {
  /** undefined: the server gives none. */
  readonly uidValidity: bigint | undefined
  readonly uids: readonly number[]
  /** RFC822.SIZE; NaN: not told. */
  readonly sizes: readonly number[]
  /** INTERNALDATE in seconds since 1970; NaN: not told, or no date. */
  readonly seconds: readonly number[]
}

/** A message on its way to a server. */
export interface MessageToAppend {
  /** Lines end with CRLF. */
  readonly octets: Buffer
  /** System flags and keywords. */
  readonly flags: readonly string[]
  readonly internalDate: InternalDate | undefined
}

/** Where a server has put a message (APPENDUID, RFC 4315). */
export interface AppendedAt {
  readonly uidValidity: bigint
  readonly uid: number
}

/** One logged-in connection; one call at a time. It adds mailboxes and messages, and never changes or removes any. What the server
 *  answers NO or BAD throws COMMAND_REJECTED with its response code and leaves the connection good; every other failure closes
 *  it: CONNECTION_LOST, PROTOCOL_VIOLATION, THROTTLED, LOGIN_REJECTED. */
export interface RestoreConnection {
  /** Octets of the largest message that the server says it takes (RFC 7889); Infinity: it does not say. */
  readonly largestMessage: number
  /** Whether it takes messages with NUL (BINARY, RFC 3516). */
  readonly takesNul: boolean
  mailboxes(): Promise<readonly ServerMailbox[]>
  /** What the user's own mailboxes begin with, such as `INBOX.` (RFC 2342); empty: nothing. */
  namespace(): Promise<string>
  /** CREATE and SUBSCRIBE of a decoded path; one that exists is left as it is. Gives its name on the wire. */
  create(path: string): Promise<string>
  /** EXAMINE, and what it holds. The next two are about this mailbox. */
  messages(wirePath: string): Promise<ServerMessages>
  /** `headerProof` of each; those without one are left out. */
  headerProofs(uids: UidSet): Promise<ReadonlyMap<number, string>>
  /** SHA-256 of their octets, in hex digits. */
  hashes(uids: UidSet): Promise<ReadonlyMap<number, string>>
  /** undefined: the server took it and did not say where it is. */
  append(wirePath: string, message: MessageToAppend): Promise<AppendedAt | undefined>
  /** Never throws. */
  close(): Promise<void>
}

/** Opens connections to the account that mail is restored to. */
export interface RestoreServer {
  /** Throws as `MailSource.connect` does. */
  connect(signal: AbortSignal): Promise<RestoreConnection>
}

/** What was restored before: which message the server has put where. */
export interface RestoreJournal {
  /** SHA-256 (of the stored octets, in hex digits) by UID. */
  read(wirePath: string, uidValidity: bigint): Promise<ReadonlyMap<number, string>>
  /** Durable when the promise resolves. */
  note(
    wirePath: string,
    uidValidity: bigint,
    entries: readonly (readonly [uid: number, sha256: string])[],
  ): Promise<void>
}
