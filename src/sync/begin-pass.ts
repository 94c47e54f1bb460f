import { AppError } from '../model/errors.ts'
import type { MessageRow } from '../model/message.ts'
import { emptyUidSet, toUid, uidDifference, uidSetOf, uidsOf, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { BegunPass, MailboxPass } from './mailbox-pass.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import { planMailbox } from './plan-mailbox.ts'
import type { MailboxPlan } from './plan-mailbox.ts'
import type { ExaminedMailbox, MailConnection, MirroredEpoch } from './ports.ts'
import type { RunContext } from './run-context.ts'

/** Reason of a failure that is the owner's own policy. */
export const refusedPrefix = 'refused: '

/** Flag rows written in one transaction. */
const rowsPerWrite = 2000

/** Examines the mailbox, decides how it is brought up to date, and finds out what is to be fetched and what is gone.
 *  Flags of messages that are held are brought up to date on the way. Returns the UIDs to fetch. */
export async function beginPass(pass: MailboxPass, connection: MailConnection, context: RunContext): Promise<UidSet> {
  const examined = await examineTwiceIfChanged(pass, connection)
  const plan = planMailbox({
    epoch: pass.mailbox.epoch,
    server: examined,
    capabilities: connection.capabilities,
    full: context.full || pass.isRechecked,
  })
  const epoch = await context.store.openEpoch(pass.mailbox.id, examined.uidValidity ?? 0n)
  const held = await context.store.presentUids(epoch.id)
  const failures = await context.store.failures(epoch.id)
  const known = uidUnion(held, uidSetOf(failures.flatMap(({ uid }) => toUid(uid) ?? [])))
  const listing = { pass, connection, context, epoch, examined, known }
  const expected = await listMessages(plan, listing)
  pass.begun = { epoch, examined, held, expected, removed: uidDifference(known, expected) }
  return chooseToFetch(pass.begun, connection, context)
}

/** A uidValidity that differs is believed when it is said twice (F33); one that differs each time is no basis (F35). */
async function examineTwiceIfChanged(pass: MailboxPass, connection: MailConnection): Promise<ExaminedMailbox> {
  const { wirePath } = pass.listed
  const examined = await connection.examine(wirePath)
  const known = pass.mailbox.epoch?.uidValidity
  if (known === undefined || examined.uidValidity === undefined || examined.uidValidity === known) return examined
  const again = await connection.examine(wirePath)
  if (again.uidValidity === examined.uidValidity) return again
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
  /** Placed or recorded as failed. */
  readonly known: UidSet
}

async function listMessages(plan: MailboxPlan, listing: Listing): Promise<UidSet> {
  const { examined, known, epoch } = listing
  // FETCH on an empty mailbox is BAD for some servers (F49).
  if (examined.messages === 0) return emptyUidSet
  switch (plan.tier) {
    case 'unchanged':
      return known
    case 'first':
    case 'new-epoch':
      return listUids(listing)
    case 'listing':
      return compareAll(listing)
    case 'condstore':
    case 'qresync': {
      const changed = await applyRows(listing, epoch.cursor?.highestModseq)
      const expected = uidUnion(known, changed)
      return expected.size === examined.messages ? expected : listUids(listing)
    }
  }
}

/** F39: EXISTS decides whether a SEARCH was cut short; what only one of two lists names is fetched and thereby settled. */
async function listUids({ connection, examined }: Listing): Promise<UidSet> {
  const found = await connection.searchUids()
  if (found.size === examined.messages) return found
  return uidUnion(found, await connection.listUids())
}

/** UID and flags of everything (F66). A row that is missing is no proof of absence: the counts must agree. */
async function compareAll(listing: Listing): Promise<UidSet> {
  const listed = await applyRows(listing, undefined)
  if (listed.size === listing.examined.messages) return listed
  return uidUnion(listed, await listing.connection.searchUids())
}

/** Brings flags up to date from rows and returns the UIDs that came. */
async function applyRows(listing: Listing, changedSince: bigint | undefined): Promise<UidSet> {
  const { pass, connection, context, epoch, known } = listing
  let uids = new Uint32Array(1024)
  let length = 0
  let rows: MessageRow[] = []
  const apply = async (): Promise<void> => {
    const batch = rows
    rows = []
    pass.flagChanges += await context.store.applyFlags(epoch.id, batch)
  }
  await connection.fetchRows(changedSince === undefined ? {} : { changedSince }, (row) => {
    if (length === uids.length) {
      const larger = new Uint32Array(length * 2)
      larger.set(uids)
      uids = larger
    }
    uids[length++] = row.uid
    if (known.size > 0) rows.push(row)
    return rows.length >= rowsPerWrite ? apply() : undefined
  })
  if (rows.length > 0) await apply()
  return uidSetOf(uids.subarray(0, length))
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
