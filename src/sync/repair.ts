import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { LaneRecorder } from '../model/lane.ts'
import { toUid, uidSetOf } from '../model/uid-set.ts'
import type { Damage, Place } from './audit.ts'
import type { ContentId, MailConnection, MailSource, MirroredMailbox, MirrorStore } from './ports.ts'

export interface RepairParts {
  readonly store: MirrorStore
  readonly source: MailSource
  readonly recorder: LaneRecorder
  readonly signal: AbortSignal
  /** Those whose mail is in the store. */
  readonly accounts: readonly Account[]
  readonly mailboxesOf: (account: string) => readonly MirroredMailbox[]
}

/** Fetches the octets of damaged messages again from wherever a server still lists them, and puts them back if they are the
 *  message's. Returns the numbers of the messages that are whole again. Never throws for what a server does. */
export async function repairContents(damaged: readonly Damage[], parts: RepairParts): Promise<ReadonlySet<ContentId>> {
  const repaired = new Set<ContentId>()
  for (const account of parts.accounts) {
    const wanted = damaged.filter(
      ({ message, places }) =>
        message !== undefined && !repaired.has(message) && places.some((place) => isIn(place, account)),
    )
    if (wanted.length === 0) continue
    try {
      const connection = await parts.source.connect(account, parts.recorder.openLane(account.name), parts.signal)
      await repairFrom(connection, wanted, { ...parts, account, repaired })
      await connection.logout()
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
    }
  }
  return repaired
}

const isIn = ({ account, removed }: Place, { name }: Account): boolean => account === name && !removed

interface Repair extends RepairParts {
  readonly account: Account
  readonly repaired: Set<ContentId>
}

async function repairFrom(connection: MailConnection, wanted: readonly Damage[], repair: Repair): Promise<void> {
  const known = new Map(repair.mailboxesOf(repair.account.name).map((mailbox) => [mailbox.path, mailbox]))
  for (const { message, places } of wanted) {
    for (const place of places) {
      const mailbox = known.get(place.mailbox)
      if (message === undefined || mailbox === undefined || !isIn(place, repair.account)) continue
      const octets = await fetchOctets(connection, mailbox, place)
      if (octets === undefined || !(await repair.store.restoreContent(message, octets))) continue
      repair.repaired.add(message)
      break
    }
  }
}

/** undefined: the server no longer has the message there, or will not send it. */
async function fetchOctets(
  connection: MailConnection,
  mailbox: MirroredMailbox,
  { uidValidity, uid: number }: Place,
): Promise<Uint8Array | undefined> {
  const uid = toUid(number)
  if (uid === undefined) return undefined
  let found: Uint8Array | undefined
  try {
    const examined = await connection.examine(mailbox.wirePath)
    if (uidValidity === undefined || examined.uidValidity !== BigInt(uidValidity)) return undefined
    await connection.fetchMessages(uidSetOf([uid]), {
      allocate: (octets) => new Uint8Array(octets),
      received: ({ row, octets }) => {
        if (row.uid === uid) found = octets
        return undefined
      },
    })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
  }
  return found
}
