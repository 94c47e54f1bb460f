import type { OnSyncEvent } from '../sync/events.ts'

/** The options of a sync. */
export interface SyncFlags {
  readonly dryRun?: true
  readonly full?: true
  readonly acceptRemovals?: true
  /** False: nothing is indexed. */
  readonly index?: boolean
  /** False: neither sampled nor kept. */
  readonly profile?: boolean
  /** Milliseconds; `wait` too. */
  readonly maxTime?: number
  readonly wait?: number
  /** File of the transcript. */
  readonly record?: string
  readonly onEvent?: OnSyncEvent
}
