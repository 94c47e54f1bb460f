import { meantPlacements } from '../export/meant-placements.ts'
import type { Query } from '../model/query.ts'
import type { StoredMessage, StoredPlacement } from '../model/stored-message.ts'
import type { CommandContext } from './context.ts'
import { prunedLines } from './search-warnings.ts'

/** A reader that has gone back. */
interface Past {
  prunedSince(): Iterable<StoredMessage>
}

/** Numbers of the messages that were pruned since that moment, and were in a place that is meant. */
export function prunedOf(reader: Past, isMeant: (placement: StoredPlacement) => boolean): readonly number[] {
  const ids: number[] = []
  for (const { id, placements } of reader.prunedSince()) if (placements.some(isMeant)) ids.push(id)
  return ids
}

/** Says on stderr how many messages a search of the past may lack. */
export async function warnOfPruned(context: CommandContext, readers: readonly Past[], query: Query): Promise<void> {
  const isMeant = meantPlacements(query)
  const count = readers.reduce((sum, reader) => sum + prunedOf(reader, isMeant).length, 0)
  await context.terminal.err.write(
    prunedLines(count)
      .map((line) => `${line}\n`)
      .join(''),
  )
}
