import type { MessageRow } from '../model/message.ts'
import { emptyUidSet, hasUid, uidDifference, UidList, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import type { EpochId, MailConnection, MirrorStore, RowRequest } from './ports.ts'

/** Flag rows written in one transaction. */
const rowsPerWrite = 2000

export interface FlagReader {
  readonly connection: MailConnection
  readonly store: MirrorStore
  readonly epoch: EpochId
  /** Placements that are held; flags of others come with their octets. */
  readonly held: UidSet
}

export interface ReadFlags {
  /** UIDs of the rows that came. */
  readonly uids: UidSet
  /** Of those, the held ones whose flags were not told (F69). */
  readonly untold: UidSet
  /** How many placements differed. */
  readonly changed: number
}

/** Brings the flags of placements up to date from the rows of one command. */
export async function readFlagRows(
  request: RowRequest,
  { connection, store, epoch, held }: FlagReader,
): Promise<ReadFlags> {
  const uids = new UidList()
  const untold = new UidList()
  let rows: MessageRow[] = []
  let changed = 0
  const apply = async (): Promise<void> => {
    const batch = rows
    rows = []
    changed += await store.applyFlags(epoch, batch)
  }
  await connection.fetchRows(request, (row) => {
    uids.add(row.uid)
    if (row.flags === undefined && hasUid(held, row.uid)) untold.add(row.uid)
    if (held.size > 0) rows.push(row)
    return rows.length >= rowsPerWrite ? apply() : undefined
  })
  if (rows.length > 0) await apply()
  return { uids: uids.toSet(), untold: untold.toSet(), changed }
}

/** The same for `uids` alone, which are held. No row is as good as one without flags. */
export async function readFlagsOf(uids: UidSet, reader: FlagReader): Promise<Omit<ReadFlags, 'uids'>> {
  let untold = emptyUidSet
  let changed = 0
  for (const part of commandSets(uids, usualBatch.maxSetOctets)) {
    const read = await readFlagRows({ uids: part }, reader)
    untold = uidUnion(untold, uidUnion(read.untold, uidDifference(part, read.uids)))
    changed += read.changed
  }
  return { untold, changed }
}
