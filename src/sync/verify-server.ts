import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { LaneRecorder } from '../model/lane.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import type { FetchedMessage, FlagSet } from '../model/message.ts'
import { splitFlags } from '../model/message.ts'
import { filterAdmits, selectsMailbox } from '../model/select.ts'
import type { Selector } from '../model/select.ts'
import {
  emptyUidSet,
  hasUid,
  uidDifference,
  uidIntersection,
  UidList,
  uidsOf,
  uidSetOf,
  uidUnion,
} from '../model/uid-set.ts'
import type { Uid, UidSet } from '../model/uid-set.ts'
import type { Damage, StoreAuditor } from './audit.ts'
import { takeNewestBatch } from './plan-batches.ts'
import type { MailConnection, MailSource, MirroredEpoch, MirroredMailbox } from './ports.ts'

/** A mailbox whose mirror and server do not agree. */
export interface MailboxDifference {
  readonly account: string
  readonly mailbox: string
  readonly uidValidity: number | undefined
  /** Listed by the server, and neither held nor recorded as failed. */
  readonly missing: UidSet
  /** Held, and not listed by the server. */
  readonly unexpected: UidSet
  /** Held with other flags. */
  readonly otherFlags: UidSet
}

/** A mailbox, or an account, that could not be compared. */
export interface Unchecked {
  readonly account: string
  /** undefined: none of the account's. */
  readonly mailbox: string | undefined
  readonly reason: string
  /** What stopped the account. */
  readonly code?: ErrorCode
}

export interface ServerFindings {
  readonly differences: readonly MailboxDifference[]
  /** Messages whose octets on the server are others. */
  readonly damaged: readonly Damage[]
  readonly unchecked: readonly Unchecked[]
  readonly mailboxes: number
  readonly bodies: number
}

export interface ServerCheck {
  readonly account: Account
  readonly selectors: readonly Selector[]
  readonly auditor: StoreAuditor
  readonly source: MailSource
  readonly recorder: LaneRecorder
  readonly signal: AbortSignal
  /** Whether a message's octets are fetched and compared. */
  readonly isChosen: () => boolean
}

/** Compares the mirror of an account with its server, over one connection that only reads. What differs is looked at a second
 *  time before it is told. Never throws for what a server does: that is `unchecked`; an interruption throws. */
export async function verifyServer(check: ServerCheck): Promise<ServerFindings> {
  const comparison = new Comparison(check)
  const { account, source, recorder, signal } = check
  let mailboxes = 0
  try {
    const connect = (): Promise<MailConnection> => source.connect(account, recorder.openLane(account.name), signal)
    let connection = await connect()
    const mirrored = mailboxesToCompare(check, await connection.listMailboxes(), comparison)
    mailboxes = mirrored.length
    for (const mailbox of mirrored) {
      if (!connection.usable) connection = await connect()
      await comparison.attempt(mailbox, connection)
    }
    await connection.logout()
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
    comparison.unchecked.push({ account: account.name, mailbox: undefined, reason: error.message, code: error.code })
  }
  const { differences, damaged, unchecked, bodies } = comparison
  return { differences, damaged, unchecked, bodies, mailboxes }
}

/** Those that both sides have. What only one of them has cannot be compared, and is said. */
function mailboxesToCompare(
  { account, selectors, auditor }: ServerCheck,
  listed: readonly ListedMailbox[],
  comparison: Comparison,
): readonly MirroredMailbox[] {
  const isMeant = ({ path }: { readonly path: string }): boolean =>
    filterAdmits(account.mailboxes, path) && selectsMailbox(selectors, account.name, path)
  const mirrored = new Map(auditor.mirroredMailboxes(account.name).map((mailbox) => [mailbox.wirePath, mailbox]))
  const both: MirroredMailbox[] = []
  for (const box of listed.filter((one) => one.selectable && isMeant(one))) {
    const mailbox = mirrored.get(box.wirePath)
    mirrored.delete(box.wirePath)
    if (mailbox?.epoch === undefined) comparison.leave(box.path, 'it has not been mirrored yet')
    else both.push(mailbox)
  }
  for (const mailbox of mirrored.values()) {
    const holds = mailbox.epoch !== undefined && mailbox.epoch.messages > 0
    if (holds && isMeant(mailbox)) comparison.leave(mailbox.path, 'the server does not list it')
  }
  return both
}

interface Look {
  readonly missing: UidSet
  readonly unexpected: UidSet
  readonly otherFlags: UidSet
  /** Held, and listed. */
  readonly common: UidSet
}

class Comparison {
  readonly differences: MailboxDifference[] = []
  readonly damaged: Damage[] = []
  readonly unchecked: Unchecked[] = []
  bodies = 0
  readonly #check: ServerCheck

  constructor(check: ServerCheck) {
    this.#check = check
  }

  /** A mailbox that is refused, or whose connection is lost, costs itself only (F49). */
  async attempt(mailbox: MirroredMailbox, connection: MailConnection): Promise<void> {
    try {
      if (mailbox.epoch !== undefined) await this.#compare(mailbox, mailbox.epoch, connection)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INTERRUPTED') throw error
      this.leave(mailbox.path, error.message)
    }
  }

  leave(mailbox: string, reason: string): void {
    this.unchecked.push({ account: this.#check.account.name, mailbox, reason })
  }

  async #compare(mailbox: MirroredMailbox, epoch: MirroredEpoch, connection: MailConnection): Promise<void> {
    const first = await this.#look(mailbox, epoch, connection)
    if (first === undefined) return
    const isEqual = first.missing.size + first.unexpected.size + first.otherFlags.size === 0
    // It may have changed between its listing and our reading of the mirror.
    const second = isEqual ? first : await this.#look(mailbox, epoch, connection)
    if (second === undefined) return
    this.#tell(mailbox, epoch, {
      missing: uidIntersection(first.missing, second.missing),
      unexpected: uidIntersection(first.unexpected, second.unexpected),
      otherFlags: uidIntersection(first.otherFlags, second.otherFlags),
    })
    await this.#compareBodies(mailbox, epoch, { connection, common: second.common })
  }

  #tell({ path }: MirroredMailbox, { uidValidity }: MirroredEpoch, found: Omit<Look, 'common'>): void {
    if (found.missing.size + found.unexpected.size + found.otherFlags.size === 0) return
    this.differences.push({
      account: this.#check.account.name,
      mailbox: path,
      uidValidity: uidValidity === 0n ? undefined : Number(uidValidity),
      ...found,
    })
  }

  /** undefined: another epoch, of which nothing can be told. */
  async #look(mailbox: MirroredMailbox, epoch: MirroredEpoch, connection: MailConnection): Promise<Look | undefined> {
    const { auditor } = this.#check
    const examined = await connection.examine(mailbox.wirePath)
    if ((examined.uidValidity ?? 0n) !== epoch.uidValidity) {
      this.leave(
        mailbox.path,
        `its uidValidity is ${examined.uidValidity ?? 'not told'} and was ${epoch.uidValidity}: run a sync`,
      )
      return undefined
    }
    const listed = new UidList()
    const differing = new UidList()
    // FETCH on an empty mailbox is BAD for some servers (F49).
    if (examined.messages > 0) {
      await connection.fetchRows({}, ({ uid, flags }) => {
        listed.add(uid)
        const held = flags === undefined ? undefined : auditor.placement(epoch.id, uid)
        if (held !== undefined && !haveSameFlags(held.flags, splitFlags(flags ?? []))) differing.add(uid)
        return undefined
      })
    }
    const rows = listed.toSet()
    // A row that is missing is no proof of absence.
    const all = rows.size === examined.messages ? rows : uidUnion(rows, await connection.searchUids())
    const present = auditor.presentUids(epoch.id)
    const known = uidUnion(present, auditor.failedUids(epoch.id))
    return {
      missing: uidDifference(all, known),
      unexpected: uidDifference(present, all),
      otherFlags: differing.toSet(),
      common: uidIntersection(present, all),
    }
  }

  async #compareBodies(
    mailbox: MirroredMailbox,
    epoch: MirroredEpoch,
    { connection, common }: { readonly connection: MailConnection; readonly common: UidSet },
  ): Promise<void> {
    let rest = uidSetOf([...uidsOf(common)].filter(() => this.#check.isChosen()))
    while (rest.size > 0) {
      const { batch, rest: others } = takeNewestBatch(rest)
      rest = others
      const compared = await this.#compareBatch(mailbox, epoch, { connection, uids: batch })
      const untold = uidDifference(batch, compared)
      if (untold.size > 0)
        this.leave(mailbox.path, `the server did not send ${untold.size} of the messages that were compared`)
    }
  }

  async #compareBatch(
    mailbox: MirroredMailbox,
    epoch: MirroredEpoch,
    { connection, uids }: { readonly connection: MailConnection; readonly uids: UidSet },
  ): Promise<UidSet> {
    const compared: Uid[] = []
    await connection.fetchMessages(uids, {
      allocate: (octets) => new Uint8Array(octets),
      received: ({ row, octets }: FetchedMessage) => {
        if (!hasUid(uids, row.uid) || octets === undefined) return undefined
        compared.push(row.uid)
        this.bodies++
        this.#compareOctets(mailbox, epoch, { uid: row.uid, octets })
        return undefined
      },
    })
    return compared.length === 0 ? emptyUidSet : uidSetOf(compared)
  }

  #compareOctets(
    { path }: MirroredMailbox,
    { id, uidValidity }: MirroredEpoch,
    { uid, octets }: { readonly uid: Uid; readonly octets: Uint8Array },
  ): void {
    const { auditor, account } = this.#check
    const held = auditor.placement(id, uid)
    if (held === undefined || auditor.hasOctets(held.message, octets)) return
    const place = {
      account: account.name,
      mailbox: path,
      uidValidity: uidValidity === 0n ? undefined : Number(uidValidity),
      uid,
      removed: false,
    }
    const problem = 'the server has other octets under this UID'
    this.damaged.push({ kind: 'placement', problem, message: held.message, sha256: undefined, places: [place] })
  }
}

function haveSameFlags(held: FlagSet, told: FlagSet): boolean {
  return comparable(held) === comparable(told)
}

/** Servers differ in the case of keywords from one answer to the next (F70). */
function comparable({ flags, keywords }: FlagSet): string {
  return [...flags, ...keywords.map((keyword) => keyword.toLowerCase()).toSorted()].join(' ')
}
