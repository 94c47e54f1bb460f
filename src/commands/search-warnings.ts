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
