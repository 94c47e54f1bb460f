import type { Database } from 'better-sqlite3'
import type { WriteChange, WriterState } from './write-changes.ts'
import { epochCounters } from './write-epochs.ts'

export interface RemovalWriter {
  removeUids(epoch: number, bounds: Uint32Array): number
  removeMailbox(mailbox: number): number
}

/** Marks placements as removed; their contents stay. */
export function removalWriter(database: Database, state: WriterState, writeChange: WriteChange): RemovalWriter {
  const counters = epochCounters(database)
  const present = database
    .prepare<[number, number, number], number>(
      'SELECT uid FROM placement WHERE epoch = ? AND uid BETWEEN ? AND ? AND removed_at IS NULL',
    )
    .pluck()
  const remove = database.prepare(
    'UPDATE placement SET removed_at = ? WHERE epoch = ? AND uid BETWEEN ? AND ? AND removed_at IS NULL',
  )
  const forget = database.prepare('DELETE FROM failure WHERE epoch = ? AND uid BETWEEN ? AND ?')
  const epochsOf = database.prepare<[number], number>(`SELECT id FROM epoch WHERE mailbox = ?`).pluck()
  const markGone = database.prepare('UPDATE mailbox SET gone_at = ? WHERE id = ? AND gone_at IS NULL')

  const removeRange = (epoch: number, first: number, last: number): number => {
    const mailbox = counters.mailboxOf(epoch)
    for (const uid of present.all(epoch, first, last)) writeChange({ kind: 'message-removed', mailbox, epoch, uid })
    const removed = remove.run(state.now(), epoch, first, last).changes
    forget.run(epoch, first, last)
    counters.add(epoch, -removed, removed)
    return removed
  }

  const removeUids = database.transaction((epoch: number, bounds: Uint32Array): number => {
    let removed = 0
    for (let index = 0; index < bounds.length; index += 2) {
      removed += removeRange(epoch, bounds[index] ?? 0, bounds[index + 1] ?? 0)
    }
    return removed
  })

  const removeMailbox = database.transaction((mailbox: number): number => {
    let removed = 0
    for (const epoch of epochsOf.all(mailbox)) removed += removeRange(epoch, 1, 0xffffffff)
    if (markGone.run(state.now(), mailbox).changes > 0) writeChange({ kind: 'mailbox-removed', mailbox })
    return removed
  })

  return {
    removeUids: (epoch, bounds) => removeUids.immediate(epoch, bounds),
    removeMailbox: (mailbox) => removeMailbox.immediate(mailbox),
  }
}
