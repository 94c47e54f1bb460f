/** What may go. A content goes only as a whole, and only when nothing that is to stay holds it. */
export type PruneRule =
  /** What every placement in the store has been removed from before this instant (milliseconds since 1970); with mailboxes, only
   *  what one of these held. */
  | { readonly kind: 'removed-before'; readonly beforeMs: number; readonly mailboxes: MailboxChoice | undefined }
  /** What no other mailbox holds or ever held. The mailbox itself counts as gone from then on. One that is on the server is refused if
   *  it `isMirrored`: the next sync would fetch it again. */
  | { readonly kind: 'mailbox'; readonly account: string; readonly path: string; readonly isMirrored: boolean }
  /** The same of all mailboxes of an account. */
  | { readonly kind: 'account'; readonly account: string }

export type MailboxChoice = (account: string, path: string) => boolean

export interface PruneSum {
  readonly messages: number
  /** Of the messages, not of the file. */
  readonly octets: number
}

export interface MailboxName {
  readonly account: string
  readonly path: string
}

export interface PrunedMailbox extends PruneSum, MailboxName {}

/** What a rule means now. */
export interface PrunePlan extends PruneSum {
  /** A message that was in several mailboxes counts in each; in the sum, once. */
  readonly mailboxes: readonly PrunedMailbox[]
  /** Those that the rule looked at. */
  readonly scope: readonly MailboxName[]
  /** Messages that the mirror takes as present until then; never of `removed-before`. */
  readonly present: number
  /** Prunings that were interrupted: the next one ends them too, whatever its rule is. */
  readonly unfinished: number
}

export interface PruneOutcome extends PruneSum {
  /** Octets of both files. */
  readonly before: number
  readonly after: number
  /** Why some octets may lie in unused parts of the files until `compact`; undefined: all of them are overwritten. */
  readonly trouble: PruneTrouble | undefined
}

/** `room`: there was none for writing the file anew; `reader`: somebody reads the state before. */
export type PruneTrouble = 'room' | 'reader'

/** A store whose run lock and index lock are held; close it. */
export interface Pruner {
  /** Each commit leaves a whole store; what was interrupted is gone on with by the next. `pause` is called between commits and may
   *  throw to stop. Throws STORE_FULL, STORE_IO. */
  prune(rule: PruneRule, pause: () => Promise<void>): Promise<PruneOutcome>
  close(): void
}
