import type { FailedMessage, MailboxResult } from './events.ts'
import { emptyUidSet, uidDifference, uidIntersection } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { splitFailures, uidsOfFailures } from './failures.ts'
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

/** A second listing, on a new connection: only removals that it confirms are believed. Returns whether it confirms all. */
export async function confirmRemovals({ listed, facts }: MailboxPass, connection: MailConnection): Promise<boolean> {
  const examined = await connection.examine(listed.wirePath)
  if (examined.uidValidity !== facts.examined.uidValidity) return false
  const second = examined.messages === 0 ? emptyUidSet : await connection.searchUids()
  return second.size === examined.messages && uidIntersection(facts.removed, second).size === 0
}

/** Marks what is gone, reconciles, and moves the cursor: expected − placed − failed must be empty, and the count must be
 *  the server's, else the statement says so (rule 12). A listing that does not add up removes nothing (rule 7). */
export async function finishPass(pass: MailboxPass, context: RunContext): Promise<Finish> {
  const { store } = context
  await pass.committed()
  const { epoch, examined, removed } = pass.facts
  const { expected, untoldFlags } = pass
  const counted = expected.size + pass.expunged.size
  const isCounted = counted === examined.messages
  if (!isCounted && !pass.isRechecked) return { kind: 'list again' }
  if (isCounted && removed.size > 0) pass.removedMessages += await store.markRemoved(epoch.id, removed)
  const failures = await dropStale(pass, await store.failures(epoch.id), context)
  const placed = await store.presentUids(epoch.id)
  const missing = uidDifference(uidDifference(expected, placed), uidsOfFailures(failures))
  const surplus = uidDifference(placed, expected)
  const isSound = isCounted && missing.size === 0 && surplus.size === 0 && untoldFlags.size === 0
  if (!isSound && !pass.isRechecked) return { kind: 'list again' }
  if (isSound) {
    const { uidNext, highestModseq, messages } = examined
    await store.completePass(epoch.id, { uidNext, highestModseq, messages }, pass.comparison)
  }
  const split = splitFailures(failures)
  const mismatch = { missing, surplus, untoldFlags, counted, messages: examined.messages }
  const result = toResult(pass, {
    serverMessages: expected.size,
    messages: placed.size,
    ...split,
    reason: isSound ? failureReason(split.failed) : mismatchReason(mismatch),
    nowMs: context.clock.monotonicMs(),
  })
  return { kind: 'done', result }
}

/** The statement about a mailbox whose pass was cut short: what it holds now, and that it is not complete. Throws what the
 *  store threw. */
export async function unfinishedResult(
  pass: MailboxPass,
  { store, clock }: RunContext,
  reason: string,
): Promise<MailboxResult> {
  await pass.committed()
  const { begun, listed, mailbox } = pass
  const epoch = begun?.epoch ?? mailbox.epoch
  return toResult(pass, {
    serverMessages: begun?.examined.messages ?? listed.status?.messages,
    messages: epoch === undefined ? 0 : (await store.presentUids(epoch.id)).size,
    ...splitFailures(epoch === undefined ? [] : await store.failures(epoch.id)),
    reason,
    nowMs: clock.monotonicMs(),
  })
}

/** A failed message that was expunged meanwhile needs no record any more. */
async function dropStale(
  pass: MailboxPass,
  failures: readonly FailureToStore[],
  context: RunContext,
): Promise<readonly FailureToStore[]> {
  const stale = uidIntersection(uidsOfFailures(failures), pass.expunged)
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
  readonly untoldFlags: UidSet
  readonly counted: number
  readonly messages: number
}

function mismatchReason({ missing, surplus, untoldFlags, counted, messages }: Mismatch): string {
  const parts: string[] = []
  if (missing.size > 0) parts.push(`${missing.size} messages are missing (UID ${briefUidSet(missing)})`)
  if (surplus.size > 0)
    parts.push(`${surplus.size} are held that the server does not list (UID ${briefUidSet(surplus)})`)
  if (untoldFlags.size > 0)
    parts.push(`the server does not tell the flags of ${untoldFlags.size} messages (UID ${briefUidSet(untoldFlags)})`)
  if (counted !== messages) parts.push(`the server counts ${messages} and lists ${counted}`)
  return parts.join('; ')
}
