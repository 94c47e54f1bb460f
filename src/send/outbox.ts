/** `sending`: it may be on its way past the point where the server has taken it. `unknown`: whether the server has it was never learned. */
export type OutboxState = 'queued' | 'sending' | 'sent' | 'failed' | 'unknown' | 'cancelled'

/** The envelope of RFC 5321: who gets it, and who hears of trouble. */
export interface SmtpEnvelope {
  /** Empty: nobody (`MAIL FROM:<>`). */
  readonly from: string
  readonly to: readonly string[]
}

/** What became of one recipient. `waiting`: not tried, or refused for now. */
export interface RecipientResult {
  readonly address: string
  readonly state: 'waiting' | 'accepted' | 'refused'
  /** The server's words, unsafe; undefined: none yet. */
  readonly reply: string | undefined
}

/** The copy in the \Sent mailbox. `provider`: the provider keeps one itself. `not-wanted`: the message was not sent, or its owner wants none. */
export type CopyState = 'wanted' | 'appended' | 'provider' | 'not-wanted'

/** A message to send; durable before its first octet leaves. */
export interface NewOutboxMessage {
  /** The account's name in the config. */
  readonly account: string
  /** With angle brackets. */
  readonly messageId: string
  /** Decoded, for lists; may be hostile. */
  readonly subject: string
  readonly envelope: SmtpEnvelope
  /** As the copy will be, Bcc fields and all; lines end with CRLF. */
  readonly octets: Uint8Array
  readonly queuedAtMs: number
  /** Not before this instant; undefined: at once. */
  readonly nextTryMs: number | undefined
  readonly copy: CopyState
}

export interface OutboxEntry {
  readonly id: number
  readonly account: string
  readonly messageId: string
  readonly subject: string
  readonly from: string
  /** In the order of the envelope. */
  readonly recipients: readonly RecipientResult[]
  /** Of the message; 0 once its octets have been let go. */
  readonly octets: number
  readonly state: OutboxState
  /** Submissions that were begun. */
  readonly attempts: number
  readonly queuedAtMs: number
  /** Of `queued`: not before this instant. */
  readonly nextTryMs: number | undefined
  readonly updatedAtMs: number
  /** The last words of the server, or why it could not be asked; unsafe. */
  readonly reply: string | undefined
  /** `not-wanted` while it is failed or cancelled and nobody has accepted it. */
  readonly copy: CopyState
}

export interface OutboxFilter {
  readonly id?: number
  readonly account?: string
  readonly states?: readonly OutboxState[]
  /** Only those of which something is left to do: queued, sending, unknown, or sent with a copy that is wanted. */
  readonly isOpen?: true
}

/** What an attempt has come to. */
export interface OutboxOutcome {
  readonly state: 'queued' | 'sent' | 'failed' | 'unknown'
  /** All recipients of the entry, in its order. */
  readonly recipients: readonly RecipientResult[]
  readonly reply: string | undefined
  /** Of `queued`. */
  readonly nextTryMs: number | undefined
}

/** Reads the outbox of one store; makes nothing. Throws STORE_* errors, and DAMAGED for a row that cannot be understood. Texts are well-formed
 *  Unicode: half a surrogate pair has become U+FFFD. */
export interface OutboxReader {
  /** By ascending number, which is the order in which they were queued. */
  entries(filter?: OutboxFilter): Promise<readonly OutboxEntry[]>
  /** Throws NO_SUCH_MESSAGE, also once they have been let go; DAMAGED if they are not those that were added. */
  octets(id: number): Promise<Uint8Array>
  [Symbol.dispose](): void
}

/** The outbox of one store. Each call is one transaction, durable when its promise resolves (synchronous=FULL, F93), and does not wait for a
 *  sync that holds the run lock. Throws STORE_* errors, and NO_SUCH_MESSAGE for a number that no entry has. A call that finds its entry in a state
 *  that it is not for writes nothing: somebody was faster. */
export interface Outbox extends OutboxReader {
  /** Gives its number. The account need not have been synced before. */
  add(message: NewOutboxMessage): Promise<number>
  /** queued → sending, just before the last octet: from here on the server may have it. False: somebody has cancelled it, or taken it; then
   *  nothing was written and the last octet must not leave. Counts the attempt. */
  beginSending(id: number, atMs: number): Promise<boolean>
  /** queued or sending → the outcome, whose recipients must be those of the entry. Of an attempt that ended before `beginSending` the attempt is
   *  counted here. */
  settle(id: number, outcome: OutboxOutcome, atMs: number): Promise<void>
  /** sending → unknown, of all entries: to be called only while the sender lock is held, when whoever was sending is dead. Gives their numbers. */
  abandonSending(atMs: number): Promise<readonly number[]>
  /** unknown → sent: the server is known to have taken it. Recipients that were waiting count as accepted. */
  confirmSent(id: number, atMs: number): Promise<void>
  /** Of `sent`, and of `failed` and `cancelled` that somebody has accepted. Of `sent` the octets are let go with `appended` and `provider` (the
   *  mirror has them, or will). */
  noteCopy(id: number, copy: CopyState, atMs: number): Promise<void>
  /** queued, failed or unknown → cancelled; gives whether it was one of these. Octets are kept. */
  cancel(id: number, atMs: number): Promise<boolean>
  /** failed, unknown, cancelled or queued → queued, at once; recipients that were refused wait again, accepted ones stay accepted, and a copy is
   *  wanted again where it was. */
  requeue(id: number, atMs: number): Promise<boolean>
  /** One process sends from a store at a time; undefined: another one does. It is free again when its process has died, in whatever way. */
  lockSending(): Promise<Disposable | undefined>
}
