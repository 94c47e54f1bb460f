import { formatUidSet, uidDifference, uidRanges, uidSetOfRanges } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'

export interface BatchLimits {
  readonly maxMessages: number
  /** Octets of the set as written in the command (I28, F55). */
  readonly maxSetOctets: number
}

/** Large enough that a round trip does not matter, small enough to be shared among connections. Memory does not depend
 *  on it: what has come is committed every few megabytes. */
export const usualBatch: BatchLimits = { maxMessages: 1000, maxSetOctets: 7500 }

/** The newest batch of a set, and what remains of it. Sets in commands are ascending: some servers refuse others (F40). */
export function takeNewestBatch(
  uids: UidSet,
  limits: BatchLimits = usualBatch,
): { readonly batch: UidSet; readonly rest: UidSet } {
  const ranges: [number, number][] = []
  let messages = 0
  let octets = 0
  for (const [first, last] of [...uidRanges(uids)].toReversed()) {
    const room = limits.maxMessages - messages
    if (room <= 0) break
    const from = Math.max(first, last - room + 1)
    octets += `${from}:${last},`.length
    if (octets > limits.maxSetOctets && ranges.length > 0) break
    ranges.push([from, last])
    messages += last - from + 1
  }
  const batch = uidSetOfRanges(ranges)
  return { batch, rest: uidDifference(uids, batch) }
}

/** Both halves of a set of two or more: the way to the one message that spoils a batch (F75). */
export function halve(uids: UidSet): readonly [UidSet, UidSet] {
  const { batch, rest } = takeNewestBatch(uids, { maxMessages: Math.ceil(uids.size / 2), maxSetOctets: Infinity })
  return [batch, rest]
}

/** A set as several that each fit in a command. */
export function* commandSets(uids: UidSet, maxSetOctets: number): Generator<UidSet> {
  let rest = uids
  while (rest.size > 0) {
    const taken = takeNewestBatch(rest, { maxMessages: Infinity, maxSetOctets })
    yield taken.batch
    rest = taken.rest
  }
}

/** What a set looks like in a message to people: never longer than a line. */
export function briefUidSet(uids: UidSet): string {
  const text = formatUidSet(uids)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
