import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  emptyUidSet,
  formatUidSet,
  hasUid,
  parseOpenUidSet,
  parseUidSet,
  toUid,
  uidDifference,
  uidIntersection,
  uidRanges,
  uidSetOf,
  uidSetOfRanges,
  uidsOf,
  uidUnion,
} from '../../src/model/uid-set.ts'
import type { UidSet } from '../../src/model/uid-set.ts'

/** Close together, so that ranges meet, and at both ends of what a UID can be. */
const uid = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 4_294_967_275, max: 4_294_967_295 }))
const uids = fc.array(uid, { maxLength: 40 })
const setOf = (numbers: readonly number[]): UidSet => uidSetOf(numbers.flatMap((number) => toUid(number) ?? []))
const ascending = (numbers: Iterable<number>) => [...new Set(numbers)].toSorted((left, right) => left - right)

/** A set as the plain list that it stands for; fails where it is not in its one form. */
function listOf(set: UidSet): readonly number[] {
  const list = [...uidsOf(set)]
  const ranges = [...uidRanges(set)]
  const isCanonical = ranges.every(([first, last], index) => {
    const former = ranges[index - 1]
    return first <= last && (former === undefined || former[1] + 1 < first)
  })
  expect({ isCanonical, size: set.size }).toEqual({ isCanonical: true, size: list.length })
  return list
}

describe('a set of UIDs', () => {
  test('F40 holds what it was made of, in ascending order, each once', () => {
    fc.assert(
      fc.property(uids, (numbers) => {
        expect(listOf(setOf(numbers))).toEqual(ascending(numbers))
      }),
    )
  })

  test('made of ranges in any direction and order holds all of them', () => {
    const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
        const expected = ranges.flatMap(([one, other]) => {
          const first = Math.min(one, other)
          return Array.from({ length: Math.abs(one - other) + 1 }, (_, index) => first + index)
        })
        expect(listOf(uidSetOfRanges(ranges))).toEqual(ascending(expected))
      }),
    )
  })

  test('unites, subtracts and intersects as plain sets do', () => {
    fc.assert(
      fc.property(uids, uids, (left, right) => {
        const [one, other] = [new Set(left), new Set(right)]
        const [a, b] = [setOf(left), setOf(right)]
        expect(listOf(uidUnion(a, b))).toEqual(ascending([...one, ...other]))
        expect(listOf(uidDifference(a, b))).toEqual(ascending([...one].filter((each) => !other.has(each))))
        expect(listOf(uidIntersection(a, b))).toEqual(ascending([...one].filter((each) => other.has(each))))
      }),
    )
  })

  test('knows its members', () => {
    fc.assert(
      fc.property(uids, uid, (numbers, asked) => {
        const set = setOf(numbers)
        expect(hasUid(set, asked)).toBe(numbers.includes(asked))
      }),
    )
  })

  test('reads what it writes', () => {
    fc.assert(
      fc.property(uids, (numbers) => {
        expect(parseUidSet(formatUidSet(setOf(numbers)))).toEqual(setOf(numbers))
      }),
    )
  })

  test.each([
    ['', ''],
    ['1', '1'],
    ['3:1', '1:3'],
    ['1:3,2:5', '1:5'],
    ['5,1,2', '1:2,5'],
    ['4294967295', '4294967295'],
    ['1:4294967295', '1:4294967295'],
  ])('reads %j as %j', (text, formatted) => {
    const set = parseUidSet(text)
    expect(set === undefined ? undefined : formatUidSet(set)).toBe(formatted)
  })

  test.each(['*', '1:*', '0', '0:3', '4294967296', '1,', ',1', '1:2:3', 'a', '1 2', '-1', '1.5', '99999999999'])(
    'does not read %j',
    (text) => {
      expect(parseUidSet(text)).toBeUndefined()
    },
  )

  test('F55 of a million alternating UIDs is united, subtracted and intersected without a boxed number each', () => {
    const million = 1_000_000
    const even = uidSetOf(Uint32Array.from({ length: million }, (_, index) => 2 * index + 2))
    const odd = uidSetOf(Uint32Array.from({ length: million }, (_, index) => 2 * index + 1))
    expect(even.size).toBe(million)
    expect(even.bounds.byteLength).toBe(8 * million)
    expect(uidUnion(even, odd)).toEqual(uidSetOfRanges([[1, 2 * million]]))
    expect(uidDifference(even, odd)).toEqual(even)
    expect(uidIntersection(even, odd)).toEqual(emptyUidSet)
    expect(uidDifference(uidSetOfRanges([[1, 2 * million]]), odd)).toEqual(even)
    expect(hasUid(even, million)).toBe(true)
    expect(hasUid(even, million + 1)).toBe(false)
  })
})

test.each([
  [0, undefined],
  [1, 1],
  [4_294_967_295, 4_294_967_295],
  [4_294_967_296, undefined],
  [99_999_999_999, undefined],
  [1.5, undefined],
  [-1, undefined],
  [NaN, undefined],
  [Infinity, undefined],
])('I13 %s as a UID is %s', (value, expected) => {
  expect(toUid(value)).toBe(expected)
})

test.each([
  ['12:*', '12:4294967295'],
  ['*', '4294967295'],
  ['1:4294967295', '1:4294967295'],
  ['*:4,2', '2,4:4294967295'],
  ['', ''],
  ['0:*', undefined],
  ['4294967296', undefined],
  ['1:**', undefined],
])('F68 %j is read as the range %s without being counted out, and is no set without bounds', (text, expected) => {
  const set = parseOpenUidSet(text)
  expect(set === undefined ? undefined : formatUidSet(set)).toBe(expected)
  expect(parseUidSet(text)).toEqual(text.includes('*') ? undefined : set)
})
