import type { Finding } from './finding.ts'
import type { RunProfile } from './run-profile.ts'
import type { Samples } from './samples.ts'

/** A run as it was recorded. */
export interface RecordedRun {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  readonly version: string
  /** Of Node. */
  readonly node: string
  /** What the run was called with: `sync work`. */
  readonly command: string
  readonly finding: Finding
  readonly profile: RunProfile
}

/** What a list says of it. */
export interface RunSummary extends Omit<RecordedRun, 'profile'> {
  readonly id: number
  readonly elapsedMicros: number
}

export interface StoredRun extends RecordedRun {
  readonly id: number
  /** undefined: none were taken, or they are not kept any more. */
  readonly samples: Samples | undefined
}

/** Runs of one store, kept beside it. Throws STORE_FULL, STORE_IO, STORE_FOREIGN or STORE_NEWER. */
export interface ProfileRuns {
  /** Of the older ones first the commands and the samples go, then all. */
  save(run: RecordedRun, samples?: Samples): void
  /** The newest first. */
  list(): readonly RunSummary[]
  /** undefined: there is none of this number. */
  load(id: number): StoredRun | undefined
  /** Keeps so many of the newest; returns how many went. */
  prune(kept: number): number
  close(): void
}
