import type { Change, LogPosition, PastMoment } from '../model/change.ts'
import type { StoredMessage, StoredPlacement } from '../model/stored-message.ts'

export interface ChangeLogReader {
  /** In commit order, streamed; consistent as of the first row. */
  changes(since: LogPosition): Iterable<Change>
}

export interface ReplayedPlacement extends StoredPlacement {
  /** Number of the message in the store. */
  readonly message: number
}

export interface PrunedPlaces {
  readonly account: string
  readonly mailbox: string
  readonly count: number
}

export interface PastReader {
  /** From now on everything is read as it was before what happened at or after an instant, or up to a sequence number and
   *  with it. What no log tells stays as it is now: whether a pass was complete, failures, special uses. Once per reader,
   *  before anything else is read. */
  goBackTo(moment: LogPosition): PastMoment
  /** Of all accounts that the store has known, those of which the config has none too. */
  accountNames(): readonly string[]
  /** All placements of that moment, removed ones too, by mailbox; after `goBackTo`. */
  replayedPlacements(): Iterable<ReplayedPlacement>
  /** Messages of that moment whose octets were removed for good since, by number; after `goBackTo`. */
  prunedSince(): Iterable<StoredMessage>
  /** How many places they had, by mailbox. */
  prunedPlaces(): readonly PrunedPlaces[]
}

/** What has become of a log since it was last looked at. `missing`: there is no store, or none that can be read yet. `opened`:
 *  there is one now, or another one in its place. `grown`: something may have been committed. */
export type LogNews = 'missing' | 'opened' | 'grown' | 'same'

/** The log of a store for whoever stays with it, whatever becomes of the file. Takes no lock between two calls. */
export interface FollowedLog {
  look(): LogNews
  /** Of the store that the last look has seen; nothing where that was `missing`. */
  changes(since: LogPosition): Iterable<Change>
  /** The change of that number; undefined: the log has none. */
  changeAt(seq: number): Change | undefined
  /** The number of the last change before a position. */
  seqBefore(position: LogPosition): number
  close(): void
}
