import type { StoredMessage } from '../model/stored-message.ts'
import type { RestoreGroup } from './plan-restore.ts'
import { wireOctetsOf } from './restore-mailbox.ts'

export interface RestoreComparison {
  /** Messages that came back as they were sent: octets, flags, keywords and date. */
  readonly equal: number
  /** Those that did not: mailbox, and what of which. */
  readonly differences: readonly string[]
}

export interface CompareOptions {
  readonly groups: readonly RestoreGroup[]
  /** As a mailbox of these levels is called where the mail came back from. */
  readonly pathOf: (levels: readonly string[]) => string
  /** SHA-256 in hex digits. */
  readonly hash: (octets: Uint8Array) => string
  /** Messages that were not sent, as `show` takes them, with their mailbox. */
  readonly isLeftOut: (path: string, id: string) => boolean
}

/** Compares what was to be restored with what was mirrored back, one by one. */
export function compareRestored(mirrored: Iterable<StoredMessage>, options: CompareOptions): RestoreComparison {
  const { groups, pathOf, hash, isLeftOut } = options
  const held = countHeld(mirrored)
  const differences: string[] = []
  let equal = 0
  for (const group of groups) {
    const path = pathOf(group.levels)
    for (const wanted of group.items()) {
      const octets = wireOctetsOf(wanted)
      if (octets === undefined || isLeftOut(path, wanted.id)) continue
      const keys = keysOf(path, hash(octets), wanted)
      if ((held.get(keys.at(-1) ?? '') ?? 0) > 0) equal++
      else differences.push(`message ${wanted.id} did not come back to ${path} as it was sent`)
      for (const key of keys) add(held, key, -1)
    }
  }
  const extra = [...held].reduce((sum, [key, count]) => sum + (key.endsWith(undated) ? Math.max(0, count) : 0), 0)
  if (extra > 0 && differences.length === 0) differences.push(`${extra} messages came back that were not sent`)
  return { equal, differences }
}

interface Described {
  readonly flags: readonly string[]
  readonly keywords: readonly string[]
  readonly internalDate: { readonly seconds: number | undefined } | undefined
}

function countHeld(mirrored: Iterable<StoredMessage>): Map<string, number> {
  const held = new Map<string, number>()
  for (const { sha256, placements } of mirrored) {
    for (const placement of placements) {
      if (placement.removedAt !== undefined) continue
      for (const key of keysOf(placement.mailbox, sha256, placement)) add(held, key, 1)
    }
  }
  return held
}

const undated = ' undated'

/** Without a date of its own a message gets that of its arrival: what is asked of each has no date, what is asked of most has. */
function keysOf(path: string, sha256: string, { flags, keywords, internalDate }: Described): readonly string[] {
  const key = JSON.stringify([path, sha256, flags.toSorted(), keywords.toSorted()])
  const { seconds } = internalDate ?? {}
  return seconds === undefined ? [key + undated] : [key + undated, `${key} ${seconds}`]
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
