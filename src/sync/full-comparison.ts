import { uidDifference, uidIntersection } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { ExaminedMailbox, MirroredEpoch } from './ports.ts'
import type { ChangedMessages } from './resync.ts'

/** Since a server may leave changes out of an answer that looks right (F41), all UIDs and flags are compared now and then:
 *  after a hundred passes that found changes, so that on average a pass pays a hundredth of a listing for it, and after a
 *  month in any case, which for 100,000 messages is some 6 MB a month. */
const maxPasses = 100
const maxDays = 30

/** Why it is time for a comparison of everything; undefined: it is not. */
export function whyComparisonIsDue({ compared }: MirroredEpoch, isHurried: boolean): string | undefined {
  if (isHurried) return undefined
  if (compared === undefined) return 'it is not known when all was compared'
  if (compared.passes >= maxPasses) return `all was last compared ${compared.passes} passes ago`
  return compared.days >= maxDays ? `all was last compared ${compared.days} days ago` : undefined
}

export interface ChangeFacts {
  readonly epoch: MirroredEpoch
  readonly examined: ExaminedMailbox
  /** UIDs that were held or recorded as failed before. */
  readonly known: UidSet
  readonly changes: ChangedMessages
  /** UIDs that should now be listed, by those changes. */
  readonly expected: UidSet
}

/** Why the changes that the server names cannot be all (F41); undefined: they can. HIGHESTMODSEQ is that of the last change
 *  (RFC 7162 §3.1.2.1): where it is no message's that was named, something else must have changed. What was expunged bears
 *  no modseq any more and explains it too, also what arrived and went since. */
export function whyHidden(facts: ChangeFacts): string | undefined {
  const { epoch, examined, changes } = facts
  const before = epoch.cursor?.highestModseq
  const now = examined.highestModseq
  if (before === undefined || now === undefined || now === before) return undefined
  if (isExpungeLikely(facts) || !isWorthComparing(epoch)) return undefined
  const moved = `HIGHESTMODSEQ went from ${before} to ${now}`
  if (changes.changed.size === 0) return `${moved}, and the server names nothing that has changed`
  if (changes.highestModseq === undefined || changes.highestModseq >= now) return undefined
  return `${moved}, and the server names no change above ${changes.highestModseq}`
}

function isExpungeLikely({ epoch, examined, known, changes, expected }: ChangeFacts): boolean {
  if (expected.size > examined.messages || uidIntersection(known, changes.vanished).size > 0) return true
  const arrived = uidDifference(changes.changed, known).size
  const { uidNext } = examined
  const before = epoch.cursor?.uidNext
  return uidNext !== undefined && before !== undefined && uidNext - before > arrived
}

/** A server whose HIGHESTMODSEQ moves by itself is believed ever longer: the comparisons in vain are 1, 2, 4, … passes apart. */
function isWorthComparing({ compared }: MirroredEpoch): boolean {
  return compared === undefined || compared.passes + 1 >= 2 ** compared.inVain
}
