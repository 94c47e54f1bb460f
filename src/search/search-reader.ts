import type { LogPosition, PastMoment } from '../model/change.ts'
import type { Query } from '../model/query.ts'
import type { Address, AttachmentEntry } from './extracted-message.ts'
import type { StatsReader } from './stats.ts'
import type { StoredMessage } from '../model/stored-message.ts'

export type SearchOrder = 'date' | 'relevance'

export interface SearchRequest {
  readonly query: Query
  /** `date`: newest first, equal ones by higher number first. `relevance`: best first. */
  readonly order: SearchOrder
  /** undefined: all. */
  readonly limit: number | undefined
  /** Only placements of these accounts count; undefined: of all in the store. */
  readonly accounts: readonly string[] | undefined
}

/** A message that was found. */
export interface SearchHit {
  /** Its number in the store. */
  readonly id: number
  /** Seconds since 1970; what the order by date goes by. */
  readonly date: number
}

/** A message as the index and the facts know it. */
export interface IndexedMessage extends StoredMessage {
  readonly messageId: string | undefined
  /** Seconds since 1970: of the Date field, else of Received, else when it came to the server; undefined: nobody says. */
  readonly date: number | undefined
  readonly from: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly subject: string | undefined
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
  readonly attachments: readonly AttachmentEntry[]
  /** Number of the thread; messages of one thread have the same. */
  readonly threadId: number
  /** Why something of it could not be read; undefined: nothing. */
  readonly trouble: string | undefined
}

/** How far the index has come. */
export interface IndexState {
  /** Not yet in the index: a search cannot find them. */
  readonly pending: number
  /** Indexed by an older version of the parser. */
  readonly stale: number
  /** Indexed as far as they could be read. */
  readonly troubled: number
}

/** Searches one store; never waits for a writer. Every method reads one consistent state for itself. */
export interface SearchReader {
  search(request: SearchRequest): readonly SearchHit[]
  count(request: Pick<SearchRequest, 'query' | 'accounts'>): number
  /** Which of these messages `search` would find. */
  among(request: Pick<SearchRequest, 'query' | 'accounts'>, ids: readonly number[]): readonly number[]
  /** Those of these numbers that are indexed, in the same order; for a few hundred at a time. */
  describe(ids: readonly number[]): readonly IndexedMessage[]
  /** The text of a message as indexed, for snippets; undefined: not indexed. */
  text(id: number): string | undefined
  /** Numbers of all indexed messages of a thread, oldest first. */
  threadMembers(threadId: number): readonly number[]
  /** How many of them are in a mailbox now. */
  threadLength(threadId: number): number
  /** How many contents a search cannot find yet: all, where there is no index. */
  pending(): number
  /** All contents up to this number can be found; 0: there is no index. */
  indexedUpTo(): number
  /** Lets `read` count what the store holds, in one state of it. */
  stats<T>(read: (stats: StatsReader) => T): T
}

/** A store that is open for being searched, and for nothing else; close it. */
export interface OpenSearchReader extends SearchReader {
  /** See `PastReader` of the change log: from now on placements are as they were, of the messages that are indexed now. */
  goBackTo(moment: LogPosition): PastMoment
  /** See `PastReader`. */
  prunedSince(): Iterable<StoredMessage>
  close(): void
}
