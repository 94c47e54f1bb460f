import type { Change, PastMoment } from '../model/change.ts'
import type { ReplayedPlacement } from '../sync/change-log.ts'
import { messageObject } from './message-json.ts'
import type { DescribedMessage } from './message-json.ts'
import { safeJson } from './safe-text.ts'

/** A line of `log`. `store`: undefined where there is only one. */
export function changeJson(change: Change, store: string | undefined): string {
  return `${safeJson(changeObject(change, store))}\n`
}

/** What a hook is told of a change: the same object; of a message that was added also what `search --json` says of it, or null. */
export function hookChangeJson(change: Change, message: DescribedMessage | undefined): string {
  const added = change.kind === 'message-added'
  return safeJson({ ...changeObject(change, undefined), ...(added && { message: message && messageObject(message) }) })
}

function changeObject(change: Change, store: string | undefined): object {
  const { seq, at, account, mailbox, uidValidity, uid, kind, before, after } = change
  return { v: 1, ...keyOf(store), seq, at, account, mailbox, uidValidity, uid, kind, before, after }
}

interface FollowerNote {
  readonly at: string
  readonly store: string | undefined
}

export function keepAliveJson({ at, seq, store }: FollowerNote & { readonly seq: number }): string {
  return `${safeJson({ v: 1, type: 'keep-alive', ...keyOf(store), at, seq })}\n`
}

export function logReplacedJson({ at, store }: FollowerNote): string {
  return `${safeJson({ v: 1, type: 'log-replaced', ...keyOf(store), at })}\n`
}

/** The first line of a replay of a store. */
export function replayJson({ seq, at }: PastMoment, store: string | undefined): string {
  return `${safeJson({ v: 1, type: 'replay', ...keyOf(store), seq, at })}\n`
}

export function replayedMailboxJson(mailbox: object, store: string | undefined): string {
  return `${safeJson({ v: 1, type: 'mailbox', ...keyOf(store), ...mailbox })}\n`
}

export function replayedPlacementJson(placement: ReplayedPlacement, store: string | undefined): string {
  const { account, mailbox, uidValidity, uid, message, flags, keywords, labels, firstSeen, removedAt } = placement
  const { internalDate } = placement
  const date = internalDate?.seconds === undefined ? undefined : new Date(internalDate.seconds * 1000).toISOString()
  const place = { account, mailbox, uidValidity: uidValidity === 0 ? undefined : uidValidity, uid, message }
  const rest = { flags, keywords, labels, internalDate: date, firstSeen, removedAt }
  return `${safeJson({ v: 1, type: 'placement', ...keyOf(store), ...place, ...rest })}\n`
}

/** The last line: whoever reads it has all. */
export function replayFinishedJson(counts: { readonly mailboxes: number; readonly placements: number }): string {
  return `${safeJson({ v: 1, type: 'replay-finished', ...counts })}\n`
}

function keyOf(store: string | undefined): object {
  return store === undefined ? {} : { store }
}
