import type { Database } from 'better-sqlite3'
import type { FailureToStore } from '../sync/ports.ts'
import type { WriterState } from './write-changes.ts'

/** Failure records: a UID that the server lists is in `placement` or here. */
export function failureWriter(database: Database, state: WriterState) {
  const any = database.prepare<[number], number>('SELECT 1 FROM failure WHERE epoch = ? LIMIT 1').pluck()
  const clear = database.prepare('DELETE FROM failure WHERE epoch = ? AND uid = ?')
  const record = database.prepare(
    `INSERT INTO failure (epoch, uid, reason, first_at, last_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET reason = excluded.reason, attempts = attempts + 1, last_at = excluded.last_at`,
  )
  return {
    any: (epoch: number): boolean => any.get(epoch) !== undefined,
    clear: (epoch: number, uid: number): void => void clear.run(epoch, uid),
    record: (epoch: number, { uid, reason }: FailureToStore): void =>
      void record.run(epoch, uid, reason, state.now(), state.now()),
  }
}
