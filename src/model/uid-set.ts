declare const uidBrand: unique symbol

/** A message's number in one epoch, 1 to 4294967295 (RFC 9051 §2.3.1.1). Never a sequence number. */
export type Uid = number & { readonly [uidBrand]: true }

const maxUid = 4_294_967_295

/** Undefined for anything that is no UID (I13: 0, fractions, more than 32 bits). */
export function toUid(value: number): Uid | undefined {
  return Number.isInteger(value) && value >= 1 && value <= maxUid ? brand(value) : undefined
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that makes the brand
const brand = (value: number): Uid => value as Uid

/** A set of UIDs as ascending, disjoint, non-adjacent ranges: `bounds` is first, last, first, last, …
 *  A million alternating UIDs take 8 MB. Immutable by agreement. */
export interface UidSet {
  readonly bounds: Uint32Array
  /** How many UIDs. */
  readonly size: number
}

export const emptyUidSet: UidSet = { bounds: new Uint32Array(0), size: 0 }

/** Builds a set from ranges that arrive in ascending order of their first UID. */
export class UidSetBuilder {
  #bounds = new Uint32Array(16)
  #length = 0
  #size = 0

  add(first: number, last: number): void {
    const previous = this.#length > 0 ? (this.#bounds[this.#length - 1] ?? 0) : -1
    if (this.#length > 0 && first <= previous + 1) {
      if (last <= previous) return
      this.#bounds[this.#length - 1] = last
      this.#size += last - previous
      return
    }
    if (this.#length + 2 > this.#bounds.length) {
      this.#bounds = doubled(this.#bounds)
    }
    this.#bounds[this.#length] = first
    this.#bounds[this.#length + 1] = last
    this.#length += 2
    this.#size += last - first + 1
  }

  build(): UidSet {
    return { bounds: this.#bounds.slice(0, this.#length), size: this.#size }
  }
}

/** UIDs as they come, in any order and with repetitions (F40), without a boxed number each. */
export class UidList {
  #uids = new Uint32Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  add(uid: Uid): void {
    if (this.#length === this.#uids.length) this.#uids = doubled(this.#uids)
    this.#uids[this.#length++] = uid
  }

  toSet(): UidSet {
    return uidSetOf(this.#uids.subarray(0, this.#length))
  }
}

function doubled(numbers: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2)
  larger.set(numbers)
  return larger
}

/** UIDs in any order, with repetitions (F40). */
export function uidSetOf(uids: Iterable<Uid> | Uint32Array): UidSet {
  const sorted = Uint32Array.from(uids).toSorted()
  const builder = new UidSetBuilder()
  for (const uid of sorted) builder.add(uid, uid)
  return builder.build()
}

/** Ranges in any order, overlapping or reversed. */
export function uidSetOfRanges(ranges: readonly (readonly [number, number])[]): UidSet {
  const ordered = ranges.map(([a, b]) => (a <= b ? ([a, b] as const) : ([b, a] as const)))
  ordered.sort((left, right) => left[0] - right[0])
  const builder = new UidSetBuilder()
  for (const [first, last] of ordered) builder.add(first, last)
  return builder.build()
}

/** `1:5,9` (RFC 9051 §9 sequence-set without `*`); undefined when it is anything else. */
export function parseUidSet(text: string): UidSet | undefined {
  return text.includes('*') ? undefined : parseOpenUidSet(text)
}

/** The same with `*`, which stands for the highest UID there can be: `12:*`. */
export function parseOpenUidSet(text: string): UidSet | undefined {
  if (text === '') return emptyUidSet
  const ranges: [number, number][] = []
  for (const part of text.split(',')) {
    const match = /^(\d{1,10}|\*)(?::(\d{1,10}|\*))?$/.exec(part)
    const first = toBound(match?.[1])
    const last = toBound(match?.[2] ?? match?.[1])
    if (first === undefined || last === undefined) return undefined
    ranges.push([first, last])
  }
  return uidSetOfRanges(ranges)
}

const toBound = (text: string | undefined): Uid | undefined => toUid(text === '*' ? maxUid : Number(text))

export function formatUidSet(set: UidSet): string {
  const parts: string[] = []
  for (const [first, last] of uidRanges(set)) parts.push(first === last ? `${first}` : `${first}:${last}`)
  return parts.join(',')
}

export function* uidRanges({ bounds }: UidSet): Generator<readonly [number, number]> {
  for (let index = 0; index < bounds.length; index += 2) yield [bounds[index] ?? 0, bounds[index + 1] ?? 0]
}

export function* uidsOf(set: UidSet): Generator<Uid> {
  for (const [first, last] of uidRanges(set)) for (let uid = first; uid <= last; uid++) yield brand(uid)
}

export function hasUid({ bounds }: UidSet, uid: number): boolean {
  let low = 0
  let high = bounds.length / 2 - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (uid < (bounds[middle * 2] ?? 0)) high = middle - 1
    else if (uid > (bounds[middle * 2 + 1] ?? 0)) low = middle + 1
    else return true
  }
  return false
}

export function uidUnion(left: UidSet, right: UidSet): UidSet {
  const builder = new UidSetBuilder()
  const others = uidRanges(right)
  let other = others.next()
  for (const [first, last] of uidRanges(left)) {
    for (; other.done !== true && other.value[0] < first; other = others.next()) builder.add(...other.value)
    builder.add(first, last)
  }
  for (; other.done !== true; other = others.next()) builder.add(...other.value)
  return builder.build()
}

/** What is in `left` and not in `right`. */
export function uidDifference(left: UidSet, right: UidSet): UidSet {
  if (left.size === 0 || right.size === 0) return left
  const builder = new UidSetBuilder()
  const cuts = right.bounds
  let next = 0
  for (const [first, last] of uidRanges(left)) {
    while ((cuts[next + 1] ?? Infinity) < first) next += 2
    let from = first
    let cut = next
    while ((cuts[cut] ?? Infinity) <= last) {
      const [cutFirst, cutLast] = [cuts[cut] ?? 0, cuts[cut + 1] ?? 0]
      if (cutFirst > from) builder.add(from, cutFirst - 1)
      from = Math.max(from, cutLast + 1)
      cut += 2
    }
    if (from <= last) builder.add(from, last)
  }
  return builder.build()
}

export function uidIntersection(left: UidSet, right: UidSet): UidSet {
  return uidDifference(left, uidDifference(left, right))
}
