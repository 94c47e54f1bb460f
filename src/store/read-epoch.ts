import type { Database } from 'better-sqlite3'
import type { FailureToStore } from '../sync/ports.ts'

interface FingerprintRow {
  readonly uid: number
  readonly internal_date: number | null
  readonly octets: number
}

export interface EpochContents {
  presentUids(epoch: number): Uint32Array
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
    presentUids: (epoch) => uidBounds(uids.iterate(epoch)),
    failures: (epoch) => failures.all(epoch),
    fingerprints: (epoch) =>
      fingerprints.all(epoch).map((row) => [row.uid, row.internal_date ?? undefined, row.octets] as const),
  }
}

/** first, last, first, last, … of ascending UIDs, as a UidSet has them. */
function uidBounds(ascending: Iterable<number>): Uint32Array {
  let bounds = new Uint32Array(64)
  let length = 0
  for (const uid of ascending) {
    if (length > 0 && bounds[length - 1] === uid - 1) {
      bounds[length - 1] = uid
      continue
    }
    if (length === bounds.length) {
      const larger = new Uint32Array(length * 2)
      larger.set(bounds)
      bounds = larger
    }
    bounds[length] = uid
    bounds[length + 1] = uid
    length += 2
  }
  return bounds.slice(0, length)
}
