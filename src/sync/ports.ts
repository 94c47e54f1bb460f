import type { Account } from '../model/account.ts'
import type { Lane, WriterCost } from '../model/lane.ts'
import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import type { FetchedMessage, MessageRow } from '../model/message.ts'
import type { ProbedServer } from '../model/server-quirks.ts'
import type { UidSet } from '../model/uid-set.ts'

/** Opens connections to an account's server. */
export interface MailSource {
  /** Connects, secures and logs in once; never a second attempt (F24). Throws SERVER_UNREACHABLE, TLS_REFUSED,
   *  LOGIN_REJECTED, THROTTLED, PROTOCOL_VIOLATION, SECRET_UNAVAILABLE, CONFIG_UNSAFE, CONFIG_INVALID (all account) or
   *  INTERRUPTED. */
  connect(account: Account, lane: Lane, signal: AbortSignal): Promise<MailConnection>
}

/** What a mailbox said of itself when it was examined: copied at that moment, never updated (I17). */
export interface ExaminedMailbox {
  /** undefined: missing or 0, so nothing can be trusted from one session to the next (F36). */
  readonly uidValidity: bigint | undefined
  readonly uidNext: number | undefined
  /** EXISTS. */
  readonly messages: number
  /** undefined: NOMODSEQ, 0 or no CONDSTORE (F60). */
  readonly highestModseq: bigint | undefined
  /** Of a resync: what the server says has vanished since, which may name UIDs that never were, without bounds (F68).
   *  undefined: it was not asked, or gave no answer that can be used. */
  readonly vanished: UidSet | undefined
}

/** What EXAMINE is to tell besides: all that has changed since (QRESYNC, RFC 7162 §3.2.5). */
export interface ResyncRequest {
  readonly uidValidity: bigint
  readonly modseq: bigint
  /** UID and FLAGS of each message that has changed or arrived; called as that of `fetchRows`, and only when the server has
   *  told this uidValidity. Rows that came are true also where the answer as a whole cannot be used. */
  readonly onRow: (row: MessageRow) => Promise<void> | undefined
}

/** One logged-in connection. One command at a time: await each before the next. Never writes to the server: EXAMINE and
 *  BODY.PEEK[] only. A command that the server answers NO or BAD throws COMMAND_REJECTED (mailbox) and leaves the
 *  connection good. THROTTLED and LOGIN_REJECTED (account) leave only LOGOUT; every other failure closes it and throws
 *  CONNECTION_LOST or PROTOCOL_VIOLATION (account). */
export interface MailConnection {
  readonly capabilities: ReadonlySet<string>
  /** ID (RFC 2971) of the server, for the record. */
  readonly serverId: string | undefined
  /** False once the connection is lost. */
  readonly usable: boolean
  /** Of this end; undefined: not known. */
  readonly localAddress: string | undefined
  /** How often the server has carried out a command and said that it slows down: `OK [THROTTLED]` (F30). */
  readonly slowdowns: number
  /** All mailboxes, with STATUS where the server offers LIST-STATUS (RFC 5819). */
  listMailboxes(): Promise<readonly ListedMailbox[]>
  /** A mailbox that does not exist is COMMAND_REJECTED; whatever is not told is undefined. */
  status(wirePath: string): Promise<MailboxStatus>
  /** EXAMINE (RFC 9051 §6.3.3). The mailbox stays examined until the next examine. `resync` is asked for where QRESYNC
   *  works on this connection and was not refused before; it never costs more commands than asking afterwards (F51). */
  examine(wirePath: string, resync?: ResyncRequest): Promise<ExaminedMailbox>
  /** UIDs of all messages in the examined mailbox, or of those among `within`. Never "none" for a refused command. */
  searchUids(within?: UidSet): Promise<UidSet>
  /** UIDs of all messages, by a command other than SEARCH: a second opinion (F39, F57). */
  listUids(): Promise<UidSet>
  /** UIDs of messages whose RFC822.SIZE is above `octets`. */
  searchLarger(octets: number, within: UidSet): Promise<UidSet>
  /** UID and FLAGS (and MODSEQ) of `uids`, or of all; with `changedSince`, of those changed after it (RFC 7162 §3.1.4.1).
   *  With `metadata`, INTERNALDATE and RFC822.SIZE as well. `onRow` is called in the order of arrival; a promise that it
   *  returns is awaited before the next row. Rows that were not asked for may come (I12). */
  fetchRows(request: RowRequest, onRow: (row: MessageRow) => Promise<void> | undefined): Promise<void>
  /** Rows with INTERNALDATE, RFC822.SIZE and ids of `uids` (one command line), each with the telling fields of the header
   *  as the server gives them, which are undefined where it does not. Other rows are left out. */
  fetchHeaders(uids: UidSet, onHeader: (row: MessageRow, fields: Uint8Array | undefined) => void): Promise<void>
  /** Rows with BODY.PEEK[] of `uids` (one command line, at most 8,000 octets of it), handed to the sink in the order of
   *  arrival. Messages that the server leaves out are simply not reported. */
  fetchMessages(uids: UidSet, sink: MessageSink): Promise<void>
  /** Waits for changes in the examined mailbox, and in others, until `until` resolves (IDLE, RFC 2177; NOTIFY, RFC 5465). Ends
   *  earlier only where the server ends it. Throws COMMAND_REJECTED where there is no IDLE. */
  listen(request: ListenRequest): Promise<void>
  /** LOGOUT, bounded in time; never throws. */
  logout(): Promise<void>
  /** Drops the connection at once, also in the middle of a command. */
  destroy(): void
}

/** Where messages go as they arrive. Both functions are called synchronously from the socket's data. */
export interface MessageSink {
  /** Room for a message of exactly so many octets, which are then written into it as they come. undefined: the octets
   *  are read and dropped, and `received` is told `octets: undefined` with `size` as announced. */
  allocate(octets: number): Uint8Array | undefined
  /** A whole message, whose octets lie in what `allocate` returned last. A promise holds back what comes next until it
   *  settles; one that rejects ends the command with that error and closes the connection. */
  received(message: FetchedMessage): Promise<void> | undefined
}

export interface ListenRequest {
  readonly until: Promise<void>
  /** Of the other mailboxes too, where the server has NOTIFY. */
  readonly ofAll: boolean
  /** Something has changed, perhaps: what, is for a pass to find out. Synchronous; must not throw. Also called for what was
   *  told between EXAMINE and this. */
  readonly onHint: (hint: ChangeHint) => void
}

/** In the examined mailbox; or what a mailbox says of itself unasked. */
export type ChangeHint =
  | { readonly kind: 'examined' }
  | { readonly kind: 'status'; readonly wirePath: string; readonly status: MailboxStatus }

export interface RowRequest {
  /** undefined: `1:*`. */
  readonly uids?: UidSet
  readonly changedSince?: bigint
  readonly metadata?: boolean
}

declare const mailboxIdBrand: unique symbol
export type MailboxId = number & { readonly [mailboxIdBrand]: true }
declare const epochIdBrand: unique symbol
export type EpochId = number & { readonly [epochIdBrand]: true }
declare const contentIdBrand: unique symbol
export type ContentId = number & { readonly [contentIdBrand]: true }
declare const runIdBrand: unique symbol
export type RunId = number & { readonly [runIdBrand]: true }

/** The values seen at the EXAMINE of the last completed pass (rule 3). */
export interface Cursor {
  readonly uidNext: number | undefined
  readonly highestModseq: bigint | undefined
  readonly messages: number
}

/** What the mirror holds of one mailbox before a pass. */
export interface MirroredMailbox {
  readonly id: MailboxId
  readonly path: string
  readonly wirePath: string
  readonly epoch: MirroredEpoch | undefined
}

/** How much of a mailbox a pass has compared with the server, UIDs and flags: what has changed, all of it, or all of it
 *  because something seemed to be hidden, and nothing was. */
export type Comparison = 'changes' | 'all' | 'all in vain'

/** The last comparison of all. */
export interface LastComparison {
  /** Whole days since. */
  readonly days: number
  /** Completed passes since. */
  readonly passes: number
  /** Comparisons in vain, one after the other, up to this one. */
  readonly inVain: number
}

export interface MirroredEpoch {
  readonly id: EpochId
  /** 0 where the server gives none. */
  readonly uidValidity: bigint
  /** undefined: no pass has been completed in this epoch. */
  readonly cursor: Cursor | undefined
  /** undefined: it is not known of any. */
  readonly compared: LastComparison | undefined
  /** Present placements. */
  readonly messages: number
  /** UIDs that are recorded as failed or refused. */
  readonly failures: number
}

/** Known mailboxes after a LIST, and those that it no longer showed. */
export interface RecordedMailboxes {
  readonly listed: readonly MirroredMailbox[]
  readonly absent: readonly MirroredMailbox[]
}

/** Messages that the mirror holds, column by column: of a mailbox of a million they are a million. */
export interface HeldMessages {
  readonly contents: readonly ContentId[]
  /** RFC822.SIZE as the server told it then, else the octets. */
  readonly sizes: readonly number[]
  /** INTERNALDATE in seconds; NaN: not told, or no date. */
  readonly seconds: readonly number[]
}

export interface HeldContent {
  readonly content: ContentId
  /** RFC822.SIZE as the server told it then, else the octets. */
  readonly size: number
}

export interface FailureToStore {
  readonly uid: number
  /** `refused: …` is the owner's policy and leaves the mailbox complete. */
  readonly reason: string
}

/** Messages on their way into the store, in memory that the writer reads without copying. One transaction: `commit` once. */
export interface BatchBuilder {
  readonly messages: number
  /** Of the messages that were added. */
  readonly octets: number
  /** Whether so many octets fit in. An empty batch takes any message. */
  fits(octets: number): boolean
  /** Room for exactly so many octets, filled before `add`. Asking again without `add` gives the same room once more. */
  allocate(octets: number): Uint8Array
  /** The message whose octets lie in what was allocated last. */
  add(row: MessageRow): void
  /** A message whose octets are held: its placement is made, and nothing is stored twice. */
  link(row: MessageRow, content: ContentId): void
  fail(failure: FailureToStore): void
  /** Contents, placements, failures and their change rows in one transaction, durable when the promise resolves. Throws
   *  STORE_FULL or STORE_IO (account): then nothing was written. Nothing can be added after it. */
  commit(): Promise<BatchOutcome>
}

/** What a batch did; repeated UIDs count as nothing. */
export interface BatchOutcome {
  readonly added: number
  /** Contents that were not held yet. */
  readonly newContents: number
  readonly octets: number
  readonly cost: WriterCost
}

/** A run's part for one account, as kept in `account_run`. */
export interface AccountRunRecord {
  readonly account: string
  readonly outcome: string
  readonly counts: Readonly<Record<string, number>>
  readonly receivedOctets: number
  readonly sentOctets: number
  readonly roundTrips: number
  readonly microsByState: Readonly<Record<string, number>>
  readonly blameByState: Readonly<Record<string, number>>
  readonly error: string | undefined
  /** Those that the run was about, by decoded path, each with why it is not complete; undefined: it is. */
  readonly mailboxes: readonly { readonly path: string; readonly reason: string | undefined }[]
}

/** What is known of an account's dealings with its server. */
export interface AccountHistory {
  /** The store's clock, in milliseconds since 1970. */
  readonly nowMs: number
  /** Octets received within the last 24 hours, each with the instant at which they no longer count; ascending. */
  readonly received: readonly { readonly octets: number; readonly untilMs: number }[]
  /** How many connections the server was seen to bear, if it has refused more within the last week (F15). */
  readonly connections: number | undefined
  /** What a probe of the server has found; undefined: there was none. */
  readonly probed: ProbedServer | undefined
}

export interface HistoryNote {
  /** Received since the last note. */
  readonly receivedOctets?: number
  readonly connections?: number
}

/** The mirror's facts. Every call is one transaction in the writer thread, durable when the promise resolves, with the
 *  change log rows of what it did; twice is the same as once. Calls are carried out in the order in which they are made.
 *  Throws STORE_FULL or STORE_IO (account): then that call wrote nothing. */
export interface MirrorStore {
  beginRun(accounts: readonly string[]): Promise<RunId>
  finishRun(outcome: string, accounts: readonly AccountRunRecord[]): Promise<void>
  accountHistory(account: string): Promise<AccountHistory>
  noteHistory(account: string, note: HistoryNote): Promise<void>
  /** Notes what was learned about the server. */
  recordServer(
    account: string,
    facts: { readonly capabilities: readonly string[]; readonly id: string | undefined },
  ): Promise<void>
  /** Adds mailboxes that are new and updates the others. Marks nothing as gone. */
  recordMailboxes(account: string, listed: readonly ListedMailbox[]): Promise<RecordedMailboxes>
  /** The server no longer has the mailbox: its present placements are removed. Returns how many. */
  markMailboxGone(mailbox: MailboxId): Promise<number>
  /** `from` is gone and `to`, which holds nothing, is the same mailbox under its new name: its epochs move to `to`, whose id
   *  is the one to go on with. */
  renameMailbox(from: MailboxId, to: MailboxId): Promise<void>
  /** The mailbox's epoch of this uidValidity, made when there is none. It replaces the former one at `completePass`. */
  openEpoch(mailbox: MailboxId, uidValidity: bigint): Promise<MirroredEpoch>
  presentUids(epoch: EpochId): Promise<UidSet>
  /** UIDs that the server lists and the mirror does not hold, each with its reason. */
  failures(epoch: EpochId): Promise<readonly FailureToStore[]>
  /** uid, INTERNALDATE in seconds and octets of every present placement, ascending: what proves a rename. */
  fingerprints(
    epoch: EpochId,
  ): Promise<readonly (readonly [uid: number, seconds: number | undefined, octets: number])[]>
  /** Present placements of the epoch that this one is going to replace; none where there is none. */
  formerMessages(epoch: EpochId): Promise<HeldMessages>
  /** Whether any message of the account's mirror has a provider id. */
  hasProviderIds(epoch: EpochId): Promise<boolean>
  /** For each provider id the content that the epoch's account holds under it, removed or not; undefined: none, or
   *  different ones, or of different sizes. */
  contentsByProviderId(epoch: EpochId, ids: readonly string[]): Promise<readonly (HeldContent | undefined)[]>
  /** `headerProof` of each content; undefined as there, and where the octets cannot be read. */
  headerProofs(contents: readonly ContentId[]): Promise<readonly (string | undefined)[]>
  /** Puts the octets of a message back that were damaged or are missing. False: they are not that message's, and nothing
   *  was written. Of one whose hash is lost as well whatever the caller has is believed. */
  restoreContent(content: ContentId, octets: Uint8Array): Promise<boolean>
  newBatch(epoch: EpochId): BatchBuilder
  /** Undefined while the octets that the writer has not committed are within bounds; else a promise of that. It bounds
   *  the memory of a run whose server is faster than its disk. */
  backpressure(): Promise<void> | undefined
  /** Flags, keywords, labels and modseq of placements that are held; others are ignored. Returns how many differed. */
  applyFlags(epoch: EpochId, rows: readonly MessageRow[]): Promise<number>
  /** The server no longer lists these: `removed_at` is set, or the failure record dropped. Returns how many placements. */
  markRemoved(epoch: EpochId, uids: UidSet): Promise<number>
  /** The pass succeeded: the cursor moves, a former epoch of the mailbox is retired, and it is kept how much was compared
   *  (by default: what has changed). */
  completePass(epoch: EpochId, cursor: Cursor, comparison?: Comparison): Promise<void>
  close(): Promise<void>
}

/** Time, waiting and chance, handed in. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  monotonicMs(): number
  /** Rejects with INTERRUPTED when the signal fires. */
  delay(ms: number, signal: AbortSignal): Promise<void>
  /** 0 ≤ x < 1. */
  random(): number
}
