import { AppError } from '../model/errors.ts'
import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import { uidDifference, uidIntersection, uidSetOfRanges } from '../model/uid-set.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import type { MailConnection, MirroredEpoch, MirroredMailbox, RecordedMailboxes } from './ports.ts'
import type { RunContext } from './run-context.ts'

const allUids = uidSetOfRanges([[1, 4_294_967_295]])
/** Response codes by which a server says that it cannot tell just now (RFC 5530 §3). */
const notNow = new Set(['UNAVAILABLE', 'SERVERBUG', 'INUSE', 'LIMIT', 'EXPIRED', 'CONTACTADMIN'])

interface Means {
  readonly connection: MailConnection
  readonly context: RunContext
}

export interface MatchedMailboxes {
  /** The listed ones as they are known now. */
  readonly mailboxes: readonly MirroredMailbox[]
  /** Mirrored ones that were not listed, and that nothing says are gone. */
  readonly unsettled: readonly MirroredMailbox[]
}

/** Settles what became of mailboxes that LIST does not show any more: renamed, gone, or merely not listed. */
export async function matchMailboxes(
  listed: readonly ListedMailbox[],
  recorded: RecordedMailboxes,
  { connection, context }: Means,
): Promise<MatchedMailboxes> {
  const mirrored = recorded.absent.filter(({ epoch }) => epoch !== undefined)
  // A list without INBOX is no list (I04): every account has one.
  if (!listed.some(({ specialUse }) => specialUse === 'inbox')) {
    return { mailboxes: recorded.listed, unsettled: mirrored }
  }
  const known = new Map(recorded.listed.map((mailbox) => [mailbox.wirePath, mailbox]))
  const unsettled: MirroredMailbox[] = []
  const parents = formerMailboxes(listed, known)
  for (const former of [...recorded.absent, ...parents]) {
    const renamed = await findRenamed(former, { listed, known, connection, context })
    if (renamed !== undefined) known.set(renamed.wirePath, await rename(former, renamed, context))
    else if (await isRefused(former.wirePath, connection)) await markGone(former, parents.includes(former), context)
    else if (mirrored.includes(former)) unsettled.push(former)
  }
  return { mailboxes: [...known.values()], unsettled }
}

/** Mailboxes that were deleted and are still listed as parents of others, not selectable (F47): those that hold something
 *  in the mirror. */
function formerMailboxes(
  listed: readonly ListedMailbox[],
  known: ReadonlyMap<string, MirroredMailbox>,
): readonly MirroredMailbox[] {
  return listed
    .filter(({ selectable }) => !selectable)
    .flatMap(({ wirePath }) => known.get(wirePath) ?? [])
    .filter(({ epoch }) => epoch !== undefined && epoch.messages + epoch.failures > 0)
}

/** `renamed` holds from now on what `former` held. */
async function rename(
  former: MirroredMailbox,
  renamed: MirroredMailbox,
  { store, onEvent, account }: RunContext,
): Promise<MirroredMailbox> {
  await store.renameMailbox(former.id, renamed.id)
  onEvent({ type: 'mailbox-renamed', account: account.name, mailbox: renamed.path, formerly: former.path })
  return { ...renamed, epoch: former.epoch }
}

/** The second witness besides LIST, which did not show the mailbox, or not as selectable: STATUS refuses it (F45). */
async function isRefused(wirePath: string, connection: MailConnection): Promise<boolean> {
  try {
    await connection.status(wirePath)
    return false
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
    return error.responseCode === undefined || !notNow.has(error.responseCode)
  }
}

async function markGone({ id, path, epoch }: MirroredMailbox, isParent: boolean, context: RunContext): Promise<void> {
  const { store, onEvent, account } = context
  // A parent is listed again in the next run: it stays, and loses its placements only.
  const removed =
    isParent && epoch !== undefined ? await store.markRemoved(epoch.id, allUids) : await store.markMailboxGone(id)
  onEvent({ type: 'mailbox-gone', account: account.name, mailbox: path, removed })
}

interface Candidates extends Means {
  readonly listed: readonly ListedMailbox[]
  readonly known: ReadonlyMap<string, MirroredMailbox>
}

/** The mailbox under its new name: the same uidValidity, and the messages that both name have the same UIDs, sizes and
 *  internal dates. UIDVALIDITYs are often shared by mailboxes that were made in the same second, so that alone is nothing. */
async function findRenamed(former: MirroredMailbox, candidates: Candidates): Promise<MirroredMailbox | undefined> {
  const { listed, known, connection, context } = candidates
  if (former.epoch === undefined || former.epoch.messages === 0) return undefined
  for (const box of listed) {
    const mailbox = known.get(box.wirePath)
    if (!box.selectable || mailbox === undefined || mailbox.epoch !== undefined) continue
    if (await isRenamed(former.epoch, box, { connection, context })) return mailbox
  }
  return undefined
}

async function isRenamed(epoch: MirroredEpoch, { wirePath, status }: ListedMailbox, means: Means): Promise<boolean> {
  try {
    const told: MailboxStatus = status ?? (await means.connection.status(wirePath))
    if (told.uidValidity !== epoch.uidValidity || told.messages === 0) return false
    return await holdsSameMessages(epoch, wirePath, means)
  } catch (error) {
    // A mailbox that is refused is no evidence, and no reason to stop (F49).
    if (error instanceof AppError && error.code === 'COMMAND_REJECTED') return false
    throw error
  }
}

/** Whether what the mirror holds of a mailbox is what another has under the same UIDs. */
async function holdsSameMessages(
  epoch: MirroredEpoch,
  wirePath: string,
  { connection, context }: Means,
): Promise<boolean> {
  await connection.examine(wirePath)
  const held = await context.store.presentUids(epoch.id)
  const common = uidIntersection(held, await connection.searchUids())
  // Mail may have come and gone since, but not most of it.
  if (common.size === 0 || uidDifference(held, common).size > held.size / 2) return false
  const fingerprints = new Map(
    (await context.store.fingerprints(epoch.id)).map(([uid, seconds, octets]) => [uid, `${seconds}/${octets}`]),
  )
  let differing = 0
  for (const uids of commandSets(common, usualBatch.maxSetOctets)) {
    await connection.fetchRows({ uids, metadata: true }, ({ uid, internalDate, size }) => {
      const fingerprint = fingerprints.get(uid)
      if (fingerprint !== undefined && fingerprint !== `${internalDate?.seconds}/${size}`) differing++
      return undefined
    })
  }
  return differing === 0
}
