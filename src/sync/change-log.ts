import type { Change } from '../model/change.ts'

/** Where to begin: after a sequence number, or at an instant (milliseconds since 1970). */
export type LogPosition = { readonly afterSeq: number } | { readonly fromMs: number }

export interface ChangeLogReader {
  /** In commit order, streamed; consistent as of the first row. */
  changes(since: LogPosition): Iterable<Change>
}
