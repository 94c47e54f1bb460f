import { AppError } from '../model/errors.ts'
import { emptyUidSet, uidDifference, uidIntersection, uidsOf, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { refusedPrefix, uidsOfFailures } from './failures.ts'
import { readFlagRows, readFlagsOf } from './flag-rows.ts'
import type { ReadFlags } from './flag-rows.ts'
import { whyHidden } from './full-comparison.ts'
import { linkHeld } from './link-held.ts'
import type { BegunPass, MailboxPass } from './mailbox-pass.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import { planMailbox } from './plan-mailbox.ts'
import type { MailboxPlan } from './plan-mailbox.ts'
import type { ExaminedMailbox, MailConnection, MirroredEpoch } from './ports.ts'
import { beginResync } from './resync.ts'
import type { ChangedMessages, Resync, ResyncedMessages } from './resync.ts'
import type { RunContext } from './run-context.ts'

/** Examines the mailbox, decides how it is brought up to date, and finds out what is to be fetched and what is gone.
 *  Flags of messages that are held are brought up to date on the way. Returns the UIDs to fetch. */
export async function beginPass(pass: MailboxPass, connection: MailConnection, context: RunContext): Promise<UidSet> {
  pass.expunged = emptyUidSet
  pass.untoldFlags = emptyUidSet
  pass.comparison = 'changes'
  const resync = beginResync(pass, connection, context)
  const examined = await examineTwiceIfChanged(pass, connection, resync)
  const plan = planMailbox({
    epoch: pass.mailbox.epoch,
    server: examined,
    capabilities: connection.capabilities,
    full: context.full || pass.isRechecked,
    // On a line that does not last, new mail must not wait for a comparison that never comes to its end.
    isHurried: pass.losses > 0,
  })
  const epoch = await context.store.openEpoch(pass.mailbox.id, examined.uidValidity ?? 0n)
  const held = await context.store.presentUids(epoch.id)
  const failed = uidsOfFailures(await context.store.failures(epoch.id))
  const known = uidUnion(held, failed)
  const resynced = await resync?.end(held, examined)
  const listing = { pass, connection, context, epoch, examined, held, known, resynced }
  const expected = await listMessages(plan, listing)
  pass.begun = { epoch, examined, held, failed, expected, removed: uidDifference(known, expected) }
  const missing = await chooseToFetch(pass.begun, connection, context)
  // Without UIDVALIDITY a placement may be of another message than its UID's of today (F36).
  if (examined.uidValidity === undefined) return missing
  return linkHeld(missing, { pass, epoch: epoch.id, connection, context })
}

/** EXAMINEs that may each say another uidValidity before the mailbox is left alone for this run (F35). */
const maxLooks = 5

/** A uidValidity that differs, or is missing, is believed when it is said twice (F33, F36); one that differs each time is no
 *  basis (F35). */
async function examineTwiceIfChanged(
  pass: MailboxPass,
  connection: MailConnection,
  resync: Resync | undefined,
): Promise<ExaminedMailbox> {
  const { wirePath } = pass.listed
  const examined = await connection.examine(wirePath, resync?.request)
  const known = pass.mailbox.epoch?.uidValidity
  if (known === undefined || (examined.uidValidity ?? 0n) === known) return examined
  for (let before = examined, looks = 1; looks < maxLooks; looks++) {
    const again = await connection.examine(wirePath)
    if (again.uidValidity === before.uidValidity || again.uidValidity === known) return again
    before = again
  }
  throw new AppError({
    code: 'COMMAND_REJECTED',
    scope: 'mailbox',
    message: `could not rely on the server for mailbox "${pass.path}": its UIDVALIDITY changes at each EXAMINE`,
    hint: 'what the mirror holds of it stays; the server has to be repaired',
  })
}

interface Listing {
  readonly pass: MailboxPass
  readonly connection: MailConnection
  readonly context: RunContext
  readonly epoch: MirroredEpoch
  readonly examined: ExaminedMailbox
  /** Present placements. */
  readonly held: UidSet
  /** Those, and what is recorded as failed. */
  readonly known: UidSet
  readonly resynced: ResyncedMessages | undefined
}

async function listMessages(plan: MailboxPlan, listing: Listing): Promise<UidSet> {
  const { examined, known } = listing
  // FETCH on an empty mailbox is BAD for some servers (F49).
  if (examined.messages === 0) {
    listing.pass.comparison = 'all'
    return emptyUidSet
  }
  switch (plan.tier) {
    case 'unchanged':
      return known
    case 'first':
    case 'new-epoch': {
      listing.pass.comparison = 'all'
      const listed = await listUids(listing)
      // What an interrupted run left has the flags of that time, and no cursor says what has changed since (F63).
      await updateFlags(uidIntersection(listing.held, listed), listing)
      return listed
    }
    case 'listing':
      listing.pass.comparison = 'all'
      return compareAll(listing)
    case 'condstore':
    case 'qresync': {
      const changes = await changesOf(listing)
      const expected = uidUnion(uidDifference(known, changes.vanished), changes.changed)
      const why = whyHidden({ ...listing, changes, expected })
      if (why !== undefined) return compareSuspected(why, expected, listing)
      return expected.size === examined.messages ? expected : listUids(listing)
    }
  }
}

/** What EXAMINE has told already, or else what the server names when it is asked. */
async function changesOf(listing: Listing): Promise<ChangedMessages> {
  const { resynced, epoch } = listing
  if (resynced === undefined) {
    const { uids, highestModseq } = await applyRows(listing, epoch.cursor?.highestModseq)
    return { vanished: emptyUidSet, changed: uids, highestModseq }
  }
  await updateFlags(resynced.untold, listing)
  return resynced
}

/** Compares all because the server seems to leave changes out. */
async function compareSuspected(why: string, expected: UidSet, listing: Listing): Promise<UidSet> {
  const { pass, context } = listing
  context.onEvent({ type: 'mailbox-compared', account: context.account.name, mailbox: pass.path, why })
  const changesBefore = pass.flagChanges
  const listed = await compareAll(listing)
  const isInVain = pass.flagChanges === changesBefore && areSameUids(listed, expected)
  pass.comparison = isInVain ? 'all in vain' : 'all'
  return listed
}

const areSameUids = (one: UidSet, other: UidSet): boolean =>
  one.size === other.size && uidDifference(one, other).size === 0

/** F39: EXISTS decides whether a SEARCH was cut short. Where neither list has as many, what only one of them names is
 *  fetched, and thereby settled. */
async function listUids({ connection, examined }: Listing): Promise<UidSet> {
  const found = await connection.searchUids()
  if (found.size === examined.messages) return found
  const listed = await connection.listUids()
  return listed.size === examined.messages ? listed : uidUnion(found, listed)
}

/** UID and flags of everything (F66). A row that is missing is no proof of absence, and one too many none of presence
 *  (F76): the counts must agree. */
async function compareAll(listing: Listing): Promise<UidSet> {
  const { connection, examined } = listing
  const { uids: listed } = await applyRows(listing, undefined)
  if (listed.size === examined.messages) return listed
  const found = await connection.searchUids()
  await updateFlags(uidIntersection(listing.held, uidDifference(found, listed)), listing)
  return found.size === examined.messages ? found : uidUnion(listed, found)
}

/** Brings flags up to date from rows and returns what came. */
async function applyRows(listing: Listing, changedSince: bigint | undefined): Promise<ReadFlags> {
  const { pass, connection, context, epoch, held } = listing
  const request = changedSince === undefined ? {} : { changedSince }
  const read = await readFlagRows(request, { connection, store: context.store, epoch: epoch.id, held })
  pass.flagChanges += read.changed
  await updateFlags(read.untold, listing)
  return read
}

async function updateFlags(uids: UidSet, { pass, connection, context, epoch }: Listing): Promise<void> {
  const read = await readFlagsOf(uids, { connection, store: context.store, epoch: epoch.id, held: uids })
  pass.flagChanges += read.changed
  pass.untoldFlags = uidUnion(pass.untoldFlags, read.untold)
}

/** Every UID that is listed and not held: failed ones are tried again each time. A server without UIDVALIDITY may have put
 *  other messages under the same UIDs, so there everything is compared by its octets (F36). */
async function chooseToFetch(begun: BegunPass, connection: MailConnection, context: RunContext): Promise<UidSet> {
  const isTrusted = begun.examined.uidValidity !== undefined
  const missing = isTrusted ? uidDifference(begun.expected, begun.held) : begun.expected
  const { maxMessage } = context.account
  if (maxMessage === undefined) return missing
  let tooLarge = emptyUidSet
  for (const part of commandSets(missing, usualBatch.maxSetOctets)) {
    tooLarge = uidUnion(tooLarge, await connection.searchLarger(maxMessage, part))
  }
  const batch = context.store.newBatch(begun.epoch.id)
  const reason = `${refusedPrefix}larger than max-message (${maxMessage} octets)`
  for (const uid of uidsOf(tooLarge)) batch.fail({ uid, reason })
  if (tooLarge.size > 0) await batch.commit()
  return uidDifference(missing, tooLarge)
}
