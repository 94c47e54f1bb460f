import type { PruneTrouble } from '../upkeep/prune-ports.ts'
import { emptyLogOf, lacksRoom, rewriteFile, usedOctets } from './compact-file.ts'
import { executeHere } from './long-statement.ts'
import type { LongStatement } from './long-statement.ts'
import type { StoreInHand } from './open-for-upkeep.ts'
import { pruneIndex } from './prune-indexed.ts'

export interface Ending {
  readonly nowMs: () => number
  readonly readerWaitMs?: number | undefined
  readonly execute?: LongStatement | undefined
  /** Called between commits; may throw to stop. */
  readonly pause: () => Promise<void>
}

/** Takes pruned messages out of the index, writes both files anew and empties their logs: what unused parts of pages still had goes
 *  with the old files. What is interrupted, or meets a trouble, leaves a pruning that has not ended, and whoever prunes or
 *  compacts next ends it. */
export async function endPrunings(
  { path, facts, index }: StoreInHand,
  { nowMs, readerWaitMs, pause, execute = executeHere }: Ending,
): Promise<PruneTrouble | undefined> {
  const open = facts.prepare<[], number>('SELECT count(*) FROM pruning WHERE ended_at IS NULL').pluck()
  const pruned = facts.prepare<[], number>('SELECT id FROM content WHERE pruned IS NOT NULL').pluck()
  for (const file of [index, facts]) file.pragma('secure_delete = ON')
  if (open.get() !== 0) await pruneIndex(index, pruned.all(), { pause, execute })
  for (const file of [index, facts]) {
    // First of all: else the room that the log takes would be counted as taken.
    if (!emptyLogOf(file, readerWaitMs)) return 'reader'
    if (lacksRoom(path, usedOctets(file)) !== undefined) return 'room'
    await pause()
    await rewriteFile(file, execute)
    if (!emptyLogOf(file, readerWaitMs)) return 'reader'
  }
  if (facts.prepare('UPDATE pruning SET ended_at = ? WHERE ended_at IS NULL').run(nowMs()).changes === 0)
    return undefined
  return emptyLogOf(facts, readerWaitMs) ? undefined : 'reader'
}
