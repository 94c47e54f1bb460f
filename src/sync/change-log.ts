import type { Change, LogPosition, PastMoment } from '../model/change.ts'
import type { StoredPlacement } from '../model/stored-message.ts'

export interface ChangeLogReader {
  /** In commit order, streamed; consistent as of the first row. */
  changes(since: LogPosition): Iterable<Change>
}

export interface ReplayedPlacement extends StoredPlacement {
  /** Number of the message in the store. */
  readonly message: number
}

export interface PastReader {
  /** From now on everything is read as it was before what happened at or after an instant, or up to a sequence number and
   *  with it. What no log tells stays as it is now: whether a pass was complete, failures, special uses. Once per reader,
   *  before anything else is read. */
  goBackTo(moment: LogPosition): PastMoment
  /** All placements of that moment, removed ones too, by mailbox; after `goBackTo`. */
  replayedPlacements(): Iterable<ReplayedPlacement>
}
