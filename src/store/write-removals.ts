import type { Database } from 'better-sqlite3'
import type { WriteChange, WriterState } from './write-changes.ts'
import { epochCounters } from './write-epochs.ts'
import { failureWriter } from './write-failures.ts'

export interface RemovalWriter {
  removeUids(epoch: number, bounds: Uint32Array): number
  removeMailbox(mailbox: number): number
}

/** Marks placements as removed; their contents stay. */
export function removalWriter(database: Database, state: WriterState, writeChange: WriteChange): RemovalWriter {
  const counters = epochCounters(database)
  const failures = failureWriter(database, state)
  const present = database
    .prepare<[number, number, number], number>(
      'SELECT uid FROM placement WHERE epoch = ? AND uid BETWEEN ? AND ? AND removed_at IS NULL ORDER BY uid',
    )
    .pluck()
  const remove = database.prepare(
    'UPDATE placement SET removed_at = ? WHERE epoch = ? AND uid BETWEEN ? AND ? AND removed_at IS NULL',
  )
  const epochsOf = database.prepare<[number], number>('SELECT id FROM epoch WHERE mailbox = ? ORDER BY id').pluck()
  const markGone = database.prepare('UPDATE mailbox SET gone_at = ? WHERE id = ? AND gone_at IS NULL')

  const removeUids = (epoch: number, bounds: Uint32Array): number => {
    const mailbox = counters.mailboxOf(epoch)
    const hasFailures = failures.any(epoch)
    let removed = 0
    for (let index = 0; index < bounds.length; index += 2) {
      const [first = 0, last = 0] = [bounds[index], bounds[index + 1]]
      const uids = present.all(epoch, first, last)
      const at = state.now()
      for (const uid of uids) writeChange({ kind: 'message-removed', mailbox, epoch, uid, at })
      if (uids.length > 0) remove.run(at, epoch, first, last)
      if (hasFailures) failures.clearRange(epoch, first, last)
      removed += uids.length
    }
    counters.add(epoch, -removed, removed)
    return removed
  }

  return {
    removeUids,
    removeMailbox: (mailbox) => {
      let removed = 0
      for (const epoch of epochsOf.all(mailbox)) removed += removeUids(epoch, Uint32Array.of(1, 0xffffffff))
      const at = state.now()
      if (markGone.run(at, mailbox).changes > 0) writeChange({ kind: 'mailbox-removed', mailbox, at })
      return removed
    },
  }
}
