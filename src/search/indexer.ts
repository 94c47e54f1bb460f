/** What a run of the indexer has come to. */
export interface IndexOutcome {
  /** Contents put into the index since the indexer was opened. */
  readonly indexed: number
  /** Contents that are not in the index yet: it was stopped before. */
  readonly pending: number
}

export interface IndexProgress {
  readonly indexed: number
  /** Contents there are to index, as far as is known. */
  readonly total: number
}

/** Brings the index of one store up to its facts, on a thread of its own. The thread is started when there is something to
 *  do. Only one indexer works on an index at a time. */
export interface Indexer {
  /** Contents have been committed: they are indexed when there is time. Never throws; `finish` tells what went wrong. */
  notify(): void
  /** Resolves when all contents that are committed now are indexed, or soon after `signal`. Throws STORE_LOCKED (another
   *  indexer is at work), STORE_FOREIGN, STORE_NEWER, STORE_UNSAFE, STORE_FULL or STORE_IO; the index may be behind then, and never
   *  wrong. */
  finish(signal: AbortSignal): Promise<IndexOutcome>
  /** Ends the thread; what is committed stays. */
  close(): Promise<void>
}

/** What is to be indexed again: nothing, what an older parser has read, or everything. */
export type Renewal = 'none' | 'stale' | 'all'

/** How an indexer goes about it. */
export interface IndexerChoice {
  readonly renewal?: Renewal
  readonly onProgress?: (progress: IndexProgress) => void
}
