import type { Database } from 'better-sqlite3'
import type { Cursor, EpochId, LastComparison, MirroredEpoch } from '../sync/ports.ts'

/** Read with safeIntegers: the modseq has 63 bits (RFC 7162 §3.1.1). */
export interface EpochRow {
  readonly id: bigint
  readonly uid_validity: bigint
  readonly state: string
  readonly uid_next: bigint | null
  readonly highest_modseq: bigint | null
  readonly messages: bigint | null
  readonly present: bigint
  readonly last_synced_at: bigint | null
  readonly days_since: bigint | null
  readonly passes_since: bigint
  readonly in_vain: bigint
  readonly failures: bigint
}

export const epochColumns = `id, uid_validity, state, uid_next, highest_modseq, messages, present, last_synced_at,
  (unixepoch() * 1000 - compared_at) / 86400000 AS days_since, passes_since, in_vain,
  (SELECT count(*) FROM failure WHERE failure.epoch = epoch.id) AS failures`

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a row's id becomes an EpochId
const toEpochId = (id: bigint): EpochId => Number(id) as EpochId

export function toMirroredEpoch(row: EpochRow): MirroredEpoch {
  const cursor: Cursor = {
    uidNext: row.uid_next === null ? undefined : Number(row.uid_next),
    highestModseq: row.highest_modseq ?? undefined,
    messages: Number(row.messages ?? 0n),
  }
  return {
    id: toEpochId(row.id),
    uidValidity: row.uid_validity,
    cursor: row.last_synced_at === null ? undefined : cursor,
    compared: row.days_since === null ? undefined : toComparison(row, row.days_since),
    messages: Number(row.present),
    failures: Number(row.failures),
  }
}

const toComparison = ({ passes_since, in_vain }: EpochRow, days: bigint): LastComparison => ({
  days: Number(days),
  passes: Number(passes_since),
  inVain: Number(in_vain),
})

/** The epoch that a pass goes on with: one that is being built, else the current one. */
export function epochReader(database: Database): (mailbox: number) => MirroredEpoch | undefined {
  const active = database
    .prepare<[number], EpochRow>(
      `SELECT ${epochColumns} FROM epoch WHERE mailbox = ? AND state <> 'retired'
       ORDER BY state = 'building' DESC, id DESC LIMIT 1`,
    )
    .safeIntegers()
  return (mailbox) => {
    const row = active.get(mailbox)
    return row === undefined ? undefined : toMirroredEpoch(row)
  }
}
