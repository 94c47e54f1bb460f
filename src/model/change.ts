/** What happened to a mirror, in the order in which it was committed. */
export type ChangeKind =
  | 'message-added'
  | 'flags-changed'
  | 'message-removed'
  | 'mailbox-added'
  | 'mailbox-removed'
  | 'mailbox-renamed'
  | 'epoch-started'

/** One row of the change log. `seq` has no gaps and follows the order of commits. */
export interface Change {
  readonly seq: number
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly account: string
  readonly mailbox: string
  /** A 32-bit number; undefined for changes of mailboxes. */
  readonly uidValidity: number | undefined
  readonly uid: number | undefined
  readonly kind: ChangeKind
  readonly before: unknown
  readonly after: unknown
}
