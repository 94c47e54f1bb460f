/** What happened to a mirror, in the order in which it was committed. */
export type ChangeKind = (typeof changeKinds)[number]

export const changeKinds = [
  'message-added',
  'flags-changed',
  'message-removed',
  'message-replaced',
  'mailbox-added',
  'mailbox-removed',
  'mailbox-renamed',
  'epoch-started',
] as const

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

/** The mailboxes that a change is about: of a renamed one both names. */
export function mailboxesOf({ mailbox, kind, before }: Change): readonly string[] {
  if (kind !== 'mailbox-renamed' || typeof before !== 'object' || before === null) return [mailbox]
  return 'path' in before && typeof before.path === 'string' ? [mailbox, before.path] : [mailbox]
}

/** Where to begin in a log, or to end: after a sequence number, or at an instant (milliseconds since 1970). */
export type LogPosition = { readonly afterSeq: number } | { readonly fromMs: number }

/** A moment in the past of a store. */
export interface PastMoment {
  /** The last change that had happened; 0: none had. */
  readonly seq: number
  /** When that was, ISO 8601 in UTC; undefined: none had. */
  readonly at: string | undefined
  /** The last change that there is. */
  readonly lastSeq: number
  /** When the log begins; undefined: it is empty. */
  readonly beganAt: string | undefined
}
