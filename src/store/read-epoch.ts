import type { Database } from 'better-sqlite3'
import { UidSetBuilder } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { FailureToStore } from '../sync/ports.ts'

interface FingerprintRow {
  readonly uid: number
  readonly internal_date: number | null
  readonly octets: number
}

export interface EpochContents {
  presentUids(epoch: number): UidSet
  failures(epoch: number): readonly FailureToStore[]
  fingerprints(epoch: number): readonly (readonly [uid: number, seconds: number | undefined, octets: number])[]
}

/** What the engine asks of an epoch, read by the writer's own connection. */
export function epochContents(database: Database): EpochContents {
  const uids = database
    .prepare<[number], number>('SELECT uid FROM placement WHERE epoch = ? AND removed_at IS NULL ORDER BY uid')
    .pluck()
  const failures = database.prepare<[number], FailureToStore>(
    'SELECT uid, reason FROM failure WHERE epoch = ? ORDER BY uid',
  )
  const fingerprints = database.prepare<[number], FingerprintRow>(
    `SELECT uid, internal_date, content.octets FROM placement JOIN content ON content.id = placement.content
     WHERE epoch = ? AND removed_at IS NULL ORDER BY uid`,
  )
  return {
    presentUids: (epoch) => toUidSet(uids.iterate(epoch)),
    failures: (epoch) => failures.all(epoch),
    fingerprints: (epoch) =>
      fingerprints.all(epoch).map((row) => [row.uid, row.internal_date ?? undefined, row.octets] as const),
  }
}

function toUidSet(ascending: Iterable<number>): UidSet {
  const builder = new UidSetBuilder()
  for (const uid of ascending) builder.add(uid, uid)
  return builder.build()
}
