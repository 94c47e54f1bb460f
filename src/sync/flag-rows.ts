import type { MessageRow } from '../model/message.ts'
import { emptyUidSet, uidDifference, uidIntersection, UidList, uidUnion } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { commandSets, usualBatch } from './plan-batches.ts'
import type { EpochId, MailConnection, MirrorStore, RowRequest } from './ports.ts'

/** Flag rows written in one transaction. */
const rowsPerWrite = 2000
/** Above all that there are (RFC 7162 §3.1.1). */
const unknownModseq = 2n ** 63n

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
  /** undefined: a row did not tell its modseq (F69), or none came. */
  readonly highestModseq: bigint | undefined
}

/** Takes rows and brings the flags of placements up to date, some thousands in one transaction. */
export class FlagRowReceiver {
  readonly #apply: (rows: readonly MessageRow[]) => Promise<number>
  readonly #uids = new UidList()
  readonly #withoutFlags = new UidList()
  #rows: MessageRow[] = []
  #changed = 0
  #highest = 0n

  constructor(store: MirrorStore, epoch: EpochId) {
    this.#apply = (rows) => store.applyFlags(epoch, rows)
  }

  take(row: MessageRow): Promise<void> | undefined {
    this.#uids.add(row.uid)
    // One that is not told could be any.
    if (row.modseq === undefined) this.#highest = unknownModseq
    else if (row.modseq > this.#highest) this.#highest = row.modseq
    if (row.flags === undefined) this.#withoutFlags.add(row.uid)
    this.#rows.push(row)
    return this.#rows.length >= rowsPerWrite ? this.#flush() : undefined
  }

  /** All rows have come; those in `held` are of placements. */
  async end(held: UidSet): Promise<ReadFlags> {
    if (this.#rows.length > 0) await this.#flush()
    return {
      uids: this.#uids.toSet(),
      untold: uidIntersection(this.#withoutFlags.toSet(), held),
      changed: this.#changed,
      highestModseq: this.#highest === 0n || this.#highest === unknownModseq ? undefined : this.#highest,
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#rows
    this.#rows = []
    this.#changed += await this.#apply(batch)
  }
}

/** Brings the flags of placements up to date from the rows of one command. */
export async function readFlagRows(
  request: RowRequest,
  { connection, store, epoch, held }: FlagReader,
): Promise<ReadFlags> {
  const receiver = new FlagRowReceiver(store, epoch)
  await connection.fetchRows(request, (row) => receiver.take(row))
  return receiver.end(held)
}

/** The same for `uids` alone, which are held. No row is as good as one without flags. */
export async function readFlagsOf(uids: UidSet, reader: FlagReader): Promise<Pick<ReadFlags, 'untold' | 'changed'>> {
  let untold = emptyUidSet
  let changed = 0
  for (const part of commandSets(uids, usualBatch.maxSetOctets)) {
    const read = await readFlagRows({ uids: part }, reader)
    untold = uidUnion(untold, uidUnion(read.untold, uidDifference(part, read.uids)))
    changed += read.changed
  }
  return { untold, changed }
}
