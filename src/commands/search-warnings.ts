import type { AppError } from '../model/errors.ts'
import { blockOf } from '../ui/error-report.ts'
import { countOf } from '../ui/format-count.ts'

/** Which stores could not be searched, and how many messages cannot be found yet: lines for stderr. */
export function searchWarnings(errors: readonly AppError[], pending: number): readonly string[] {
  return [...errors.flatMap(({ message, hint }) => blockOf(message, hint)), ...pendingLines(pending)]
}

function pendingLines(pending: number): readonly string[] {
  if (pending === 0) return []
  const text = `${countOf(pending, 'message')} ${pending === 1 ? 'is' : 'are'} not indexed yet and cannot be found`
  return blockOf(text, 'a sync goes on indexing by itself; `mailmirror reindex --pending` does it now')
}

/** Of a search of the past. */
export function prunedLines(count: number): readonly string[] {
  if (count === 0) return []
  const text = `${countOf(count, 'message')} that may be meant ${count === 1 ? 'was' : 'were'} pruned since then, and cannot be found`
  return blockOf(text, 'a copy that `mailmirror backup` made before that, and has not renewed since, has them')
}
