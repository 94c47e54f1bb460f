import type { Uid } from '../model/uid-set.ts'
import type { ContentId, HeldMessages } from './ports.ts'

/** Messages that a server lists, column by column. */
export interface ListedMessages {
  readonly uids: readonly Uid[]
  /** RFC822.SIZE; NaN: not told. */
  readonly sizes: readonly number[]
  /** INTERNALDATE in seconds; NaN: not told, or no date. */
  readonly seconds: readonly number[]
}

/** Listed messages, and the held contents that they may be; a content that is held twice is there twice. */
export interface Match {
  readonly uids: readonly Uid[]
  readonly contents: readonly ContentId[]
}

/** Those of the same RFC822.SIZE and INTERNALDATE on both sides. */
export function* matchBySizeAndDate(listed: ListedMessages, held: HeldMessages): Generator<Match> {
  const others = groups(held)
  let other = others.next()
  for (const group of groups(listed)) {
    while (other.done !== true && compare(other.value, group) < 0) other = others.next()
    if (other.done === true) return
    if (compare(other.value, group) > 0) continue
    yield { uids: pick(listed.uids, group.indices), contents: pick(held.contents, other.value.indices) }
  }
}

/** What tells the header of each; without one it is like none. */
export interface Proofs {
  readonly ofUid: ReadonlyMap<Uid, string>
  readonly ofContent: ReadonlyMap<ContentId, string>
}

/** Which content each message is: the one whose header is the same. Only where nothing speaks for another: all held ones
 *  with that header are the same content, and there are no fewer of them than listed ones. */
export function settleMatch({ uids, contents }: Match, { ofUid, ofContent }: Proofs): ReadonlyMap<Uid, ContentId> {
  const settled = new Map<Uid, ContentId>()
  const heldByProof = Map.groupBy(contents, (content) => ofContent.get(content))
  for (const [proof, rivals] of Map.groupBy(uids, (uid) => ofUid.get(uid))) {
    const held = proof === undefined ? [] : (heldByProof.get(proof) ?? [])
    const [content] = held
    if (content === undefined || rivals.length > held.length || held.some((other) => other !== content)) continue
    for (const uid of rivals) settled.set(uid, content)
  }
  return settled
}

function pick<Value>(values: readonly Value[], indices: Uint32Array): readonly Value[] {
  return Array.from(indices, (index) => values[index]).filter((value): value is Value & {} => value !== undefined)
}

interface Key {
  readonly size: number
  readonly seconds: number
}

type Keys = Pick<HeldMessages, 'sizes' | 'seconds'>

const keyAt = ({ sizes, seconds }: Keys, index: number): Key => ({
  size: sizes[index] ?? NaN,
  seconds: seconds[index] ?? NaN,
})

const compare = (left: Key, right: Key): number =>
  left.size === right.size ? left.seconds - right.seconds : left.size - right.size

/** Messages of the same size and date, by size and then by date; those of which either is not known are left out. */
function* groups(keys: Keys): Generator<Key & { readonly indices: Uint32Array }> {
  const known: number[] = []
  for (let index = 0; index < keys.sizes.length; index++) {
    const { size, seconds } = keyAt(keys, index)
    if (!Number.isNaN(size) && !Number.isNaN(seconds)) known.push(index)
  }
  const order = Uint32Array.from(known).toSorted((one, other) => compare(keyAt(keys, one), keyAt(keys, other)))
  for (let start = 0, end = 0; start < order.length; start = end) {
    const key = keyAt(keys, order[start] ?? 0)
    while (end < order.length && compare(keyAt(keys, order[end] ?? 0), key) === 0) end++
    yield { ...key, indices: order.subarray(start, end) }
  }
}
