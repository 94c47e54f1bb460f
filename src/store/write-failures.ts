import type { Database } from 'better-sqlite3'
import type { FailureToStore } from '../sync/ports.ts'
import type { WriterState } from './write-changes.ts'

export interface FailureWriter {
  any(epoch: number): boolean
  clear(epoch: number, uid: number): void
  clearRange(epoch: number, first: number, last: number): void
  record(epoch: number, failure: FailureToStore): void
}

/** Failure records: a UID that the server lists is in `placement` or here. In both is one whose octets are not what they
 *  were (F43). */
export function failureWriter(database: Database, state: WriterState): FailureWriter {
  const any = database.prepare<[number], number>('SELECT 1 FROM failure WHERE epoch = ? LIMIT 1').pluck()
  const clear = database.prepare('DELETE FROM failure WHERE epoch = ? AND uid BETWEEN ? AND ?')
  const record = database.prepare(
    `INSERT INTO failure (epoch, uid, reason, first_at, last_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET reason = excluded.reason, attempts = attempts + 1, last_at = excluded.last_at`,
  )
  return {
    any: (epoch) => any.get(epoch) !== undefined,
    clear: (epoch, uid) => {
      clear.run(epoch, uid, uid)
    },
    clearRange: (epoch, first, last) => {
      clear.run(epoch, first, last)
    },
    record: (epoch, { uid, reason }) => {
      record.run(epoch, uid, reason, state.now(), state.now())
    },
  }
}
