import { toUid, uidSetOf } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { FailedMessage } from './events.ts'
import type { FailureToStore } from './ports.ts'

/** How the reason of a failure begins that is the owner's own policy. */
export const refusedPrefix = 'refused: '

export function uidsOfFailures(failures: readonly FailureToStore[]): UidSet {
  return uidSetOf(failures.flatMap(({ uid }) => toUid(uid) ?? []))
}

/** Messages that could not be fetched, and how many were not wanted. */
export function splitFailures(failures: readonly FailureToStore[]): {
  readonly failed: readonly FailedMessage[]
  readonly refused: number
} {
  const failed = failures.filter(({ reason }) => !reason.startsWith(refusedPrefix))
  return { failed, refused: failures.length - failed.length }
}
