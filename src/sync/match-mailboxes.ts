import { AppError } from '../model/errors.ts'
import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import { uidDifference, uidIntersection } from '../model/uid-set.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import type { MailConnection, MirroredMailbox, RecordedMailboxes } from './ports.ts'
import type { RunContext } from './run-context.ts'

/** Response codes by which a server says that it cannot tell just now (RFC 5530 §3). */
const notNow = new Set(['UNAVAILABLE', 'SERVERBUG', 'INUSE', 'LIMIT', 'EXPIRED', 'CONTACTADMIN'])

/** Settles what became of mailboxes that LIST does not show any more: renamed, gone, or merely not listed. Returns the
 *  listed ones as they are known now. */
export async function matchMailboxes(
  listed: readonly ListedMailbox[],
  recorded: RecordedMailboxes,
  { connection, context }: { readonly connection: MailConnection; readonly context: RunContext },
): Promise<readonly MirroredMailbox[]> {
  // A list without INBOX is no list (I04): every account has one.
  if (!listed.some(({ specialUse }) => specialUse === 'inbox')) return recorded.listed
  const known = new Map(recorded.listed.map((mailbox) => [mailbox.wirePath, mailbox]))
  const unselectable = listed.filter(({ selectable }) => !selectable).map(({ wirePath }) => wirePath)
  const hidden = unselectable.flatMap((wirePath) => known.get(wirePath) ?? [])
  for (const absent of [...recorded.absent, ...hidden.filter(({ epoch }) => epoch !== undefined)]) {
    const renamed = await findRenamed(absent, { listed, known, connection, context })
    if (renamed === undefined) await markIfGone(absent, connection, context)
    else known.set(renamed.wirePath, await rename(absent, renamed, context))
  }
  return [...known.values()]
}

async function rename(
  absent: MirroredMailbox,
  renamed: MirroredMailbox,
  { store, onEvent, account }: RunContext,
): Promise<MirroredMailbox> {
  await store.renameMailbox(absent.id, renamed.id)
  onEvent({ type: 'mailbox-renamed', account: account.name, mailbox: renamed.path, formerly: absent.path })
  return { ...absent, path: renamed.path, wirePath: renamed.wirePath }
}

/** Two witnesses: LIST did not show it, and STATUS refuses it (F45). */
async function markIfGone(absent: MirroredMailbox, connection: MailConnection, context: RunContext): Promise<void> {
  try {
    await connection.status(absent.wirePath)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
    if (error.responseCode !== undefined && notNow.has(error.responseCode)) return
    const removed = await context.store.markMailboxGone(absent.id)
    context.onEvent({ type: 'mailbox-gone', account: context.account.name, mailbox: absent.path, removed })
  }
}

interface Candidates {
  readonly listed: readonly ListedMailbox[]
  readonly known: ReadonlyMap<string, MirroredMailbox>
  readonly connection: MailConnection
  readonly context: RunContext
}

/** The mailbox under its new name: the same uidValidity, and the messages that both name have the same UIDs, sizes and
 *  internal dates. UIDVALIDITYs are often shared by mailboxes that were made in the same second, so that alone is nothing. */
async function findRenamed(absent: MirroredMailbox, candidates: Candidates): Promise<MirroredMailbox | undefined> {
  const { listed, known, connection, context } = candidates
  if (absent.epoch === undefined || absent.epoch.messages === 0) return undefined
  for (const { wirePath, selectable, status } of listed) {
    const mailbox = known.get(wirePath)
    if (!selectable || mailbox === undefined || mailbox.epoch !== undefined) continue
    const told: MailboxStatus = status ?? (await connection.status(wirePath))
    if (told.uidValidity !== absent.epoch.uidValidity || told.messages === 0) continue
    if (await holdsSameMessages(absent, wirePath, { connection, context })) return mailbox
  }
  return undefined
}

/** Whether what the mirror holds of a mailbox is what another has under the same UIDs. */
async function holdsSameMessages(
  { epoch }: MirroredMailbox,
  wirePath: string,
  { connection, context }: { readonly connection: MailConnection; readonly context: RunContext },
): Promise<boolean> {
  if (epoch === undefined) return false
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
