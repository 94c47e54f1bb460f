import type { Database } from 'better-sqlite3'
import type { FailureToStore } from '../sync/ports.ts'
import type { WriterState } from './write-changes.ts'

export interface FailureWriter {
  any(epoch: number): boolean
  clear(epoch: number, uid: number): void
  clearRange(epoch: number, first: number, last: number): void
  record(epoch: number, failure: FailureToStore): void
}

/** When a program that keeps running is to try a message again: after twice as long each time. A `sync` tries all of them. */
const firstWaitMs = 5 * 60_000
const longestWaitMs = 24 * 60 * 60_000

/** Failure records: a UID that the server lists is in `placement` or here. In both is one whose octets are not what they
 *  were (F43). */
export function failureWriter(database: Database, state: WriterState): FailureWriter {
  const any = database.prepare<[number], number>('SELECT 1 FROM failure WHERE epoch = ? LIMIT 1').pluck()
  const clear = database.prepare('DELETE FROM failure WHERE epoch = ? AND uid BETWEEN ? AND ?')
  const record = database.prepare(
    `INSERT INTO failure (epoch, uid, reason, first_at, last_at, next_try)
     VALUES (@epoch, @uid, @reason, @now, @now, @now + ${firstWaitMs})
     ON CONFLICT DO UPDATE SET reason = excluded.reason, attempts = attempts + 1, last_at = excluded.last_at,
       next_try = excluded.last_at + min(${longestWaitMs}, ${firstWaitMs} * (1 << min(attempts, 30)))`,
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
      record.run({ epoch, uid, reason, now: state.now() })
    },
  }
}
