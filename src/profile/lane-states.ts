import type { LaneState } from '../model/lane.ts'

/** Who takes the blame: nobody, the lanes that wait, or the one that holds the main thread. */
export const idle = 0
export const waiting = 1
export const holding = 2

/** Split off from the waits for a server: what it sent had come, and our own loop was busy. No engine sets it. */
export const ownLoop = 'wait: own loop'
type RecordedState = LaneState | typeof ownLoop

/** Who takes the blame for a state: nobody, the lanes that wait, or the one that holds the main thread. */
const kinds: Readonly<Record<RecordedState, 0 | 1 | 2>> = {
  idle,
  'wait: connection pool': waiting,
  'wait: connect': waiting,
  'wait: tls': waiting,
  'wait: auth': waiting,
  'wait: first byte': waiting,
  'wait: transfer': waiting,
  'wait: writer': waiting,
  'wait: lock': waiting,
  'wait: backoff': waiting,
  'wait: indexer': waiting,
  'cpu: parse': holding,
  [ownLoop]: waiting,
}

export const stateNames = Object.keys(kinds)
export const kindByState = Uint8Array.from(Object.values(kinds))
const indexes = new Map(stateNames.map((name, index) => [name, index]))
export const idleState = indexOf('idle')
export const firstByte = indexOf('wait: first byte')
export const transfer = indexOf('wait: transfer')
export const writerState = indexOf('wait: writer')
export const ownLoopState = indexOf(ownLoop)

export function indexOf(state: RecordedState): number {
  return indexes.get(state) ?? 0
}
