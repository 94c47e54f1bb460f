import type { Label } from './samples.ts'

/** What a run suffered from. */
export type Cause =
  | 'latency'
  | 'bandwidth'
  | 'stalled'
  | 'connecting'
  | 'pool'
  | 'ceiling'
  | 'backoff'
  | 'throttled'
  | 'writer'
  | 'lock'
  | 'indexer'
  | 'cpu'
  | 'starved'
  | 'none'

/** Where most of it was: empty names are of no one place. */
export interface Finding extends Label {
  readonly cause: Cause
  /** Of the elapsed time; 0 to 1. */
  readonly share: number
  /** What it is, by number, and what to do. */
  readonly sentence: string
}

/** Something that held much of the time of a run. */
export interface Symptom extends Finding {
  /** False: whoever waited was served as well as can be expected. Then it is told what set the pace, and nothing is wrong. */
  readonly isIll: boolean
  /** What set the pace, as in "at the pace of the store". */
  readonly pace: string
  /** Causes that this one explains, which are not told beside it. */
  readonly explains?: readonly Cause[]
}

/** A cause that took less of the time is not named. */
export const leastShare = 0.5
