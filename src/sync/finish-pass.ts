import type { FailedMessage, MailboxResult } from './events.ts'
import { toUid, uidDifference, uidIntersection, uidSetOf } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { refusedPrefix } from './begin-pass.ts'
import { toResult } from './mailbox-pass.ts'
import type { MailboxPass } from './mailbox-pass.ts'
import { briefUidSet } from './plan-batches.ts'
import type { FailureToStore, MailConnection } from './ports.ts'
import type { RunContext } from './run-context.ts'

/** A pass that would remove more than this many messages and this share of a mailbox needs a second listing (rule 7). */
const fewRemovals = 10
const largeShare = 0.1

/** What is left to be done: `done`, or the mailbox has to be listed again on a fresh connection. */
export type Finish = { readonly kind: 'done'; readonly result: MailboxResult } | { readonly kind: 'list again' }

/** Whether the removals may be believed on the word of one listing. */
export function needsSecondListing({ facts }: MailboxPass): boolean {
  const removed = uidIntersection(facts.removed, facts.held).size
  return removed > fewRemovals && removed > facts.held.size * largeShare
}

/** A second listing, on a new connection: those that it still names stay. Returns how many the two disagree about. */
export async function confirmRemovals(pass: MailboxPass, connection: MailConnection): Promise<number> {
  const { facts } = pass
  const examined = await connection.examine(pass.listed.wirePath)
  if (examined.uidValidity !== facts.examined.uidValidity) return facts.removed.size
  const second = examined.messages === 0 ? uidSetOf([]) : await connection.searchUids()
  if (second.size !== examined.messages) return facts.removed.size
  return uidIntersection(facts.removed, second).size
}

/** Marks what is gone, reconciles, and moves the cursor: expected − placed − failed must be empty, and the count must be
 *  the server's, else the statement says so (rule 12). */
export async function finishPass(pass: MailboxPass, context: RunContext): Promise<Finish> {
  const { store } = context
  await pass.committed()
  const { epoch, examined, removed } = pass.facts
  if (removed.size > 0) pass.removedMessages += await store.markRemoved(epoch.id, removed)
  const { expected } = pass
  const failures = await dropStale(pass, await store.failures(epoch.id), context)
  const placed = await store.presentUids(epoch.id)
  const settled = uidSetOf(failures.flatMap(({ uid }) => toUid(uid) ?? []))
  const missing = uidDifference(uidDifference(expected, placed), settled)
  const surplus = uidDifference(placed, expected)
  const counted = expected.size + pass.expunged.size
  const isSound = missing.size === 0 && surplus.size === 0 && counted === examined.messages
  if (!isSound && !pass.isRechecked) return { kind: 'list again' }
  if (isSound) {
    const { uidNext, highestModseq, messages } = examined
    await store.completePass(epoch.id, { uidNext, highestModseq, messages })
  }
  const failed = failures.filter(({ reason }) => !reason.startsWith(refusedPrefix))
  const reason = isSound
    ? failureReason(failed)
    : mismatchReason({ missing, surplus, counted, messages: examined.messages })
  const result = toResult(pass, {
    serverMessages: expected.size,
    messages: placed.size,
    failed,
    refused: failures.length - failed.length,
    reason,
    nowMs: context.clock.monotonicMs(),
  })
  return { kind: 'done', result }
}

/** A failed message that was expunged meanwhile needs no record any more. */
async function dropStale(
  pass: MailboxPass,
  failures: readonly FailureToStore[],
  context: RunContext,
): Promise<readonly FailureToStore[]> {
  const recorded = uidSetOf(failures.flatMap(({ uid }) => toUid(uid) ?? []))
  const stale = uidIntersection(recorded, pass.expunged)
  const gone = uidIntersection(pass.expunged, pass.facts.held)
  if (stale.size === 0 && gone.size === 0) return failures
  pass.removedMessages += await context.store.markRemoved(pass.facts.epoch.id, pass.expunged)
  return context.store.failures(pass.facts.epoch.id)
}

function failureReason(failed: readonly FailedMessage[]): string | undefined {
  return failed.length === 0
    ? undefined
    : `${failed.length} messages could not be fetched; the next run tries them again`
}

interface Mismatch {
  readonly missing: UidSet
  readonly surplus: UidSet
  readonly counted: number
  readonly messages: number
}

function mismatchReason({ missing, surplus, counted, messages }: Mismatch): string {
  const parts: string[] = []
  if (missing.size > 0) parts.push(`${missing.size} messages are missing (UID ${briefUidSet(missing)})`)
  if (surplus.size > 0)
    parts.push(`${surplus.size} are held that the server does not list (UID ${briefUidSet(surplus)})`)
  if (counted !== messages) parts.push(`the server counts ${messages} and lists ${counted}`)
  return parts.join('; ')
}
