import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatUidSet, toUid, uidSetOf, uidSetOfRanges, uidsOf } from '../../src/model/uid-set.ts'
import type { UidSet } from '../../src/model/uid-set.ts'
import { briefUidSet, commandSets, halve, takeNewestBatch, usualBatch } from '../../src/sync/plan-batches.ts'
import type { BatchLimits } from '../../src/sync/plan-batches.ts'

const uids = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 4_294_967_000, max: 4_294_967_295 })), {
    minLength: 1,
    maxLength: 120,
  })
  .map((numbers) => uidSetOf(numbers.flatMap((number) => toUid(number) ?? [])))

/** All batches, in the order in which they are taken. */
function batches(set: UidSet, limits?: BatchLimits): readonly UidSet[] {
  const taken: UidSet[] = []
  for (let rest = set; rest.size > 0;) {
    const next = takeNewestBatch(rest, limits)
    taken.push(next.batch)
    expect(next.rest.size).toBe(rest.size - next.batch.size)
    rest = next.rest
  }
  return taken
}

const list = (set: UidSet): readonly number[] => [...uidsOf(set)]

describe('batches', () => {
  const limits = fc.record({
    maxMessages: fc.integer({ min: 1, max: 50 }),
    maxSetOctets: fc.integer({ min: 25, max: 200 }),
  })

  test('are a partition of the set, newest first, each within its limits', () => {
    fc.assert(
      fc.property(uids, limits, (set, within) => {
        const taken = batches(set, within)
        expect(taken.toReversed().flatMap(list)).toEqual(list(set))
        for (const batch of taken) {
          expect(batch.size).toBeLessThanOrEqual(within.maxMessages)
          expect(formatUidSet(batch).length).toBeLessThanOrEqual(within.maxSetOctets)
        }
      }),
    )
  })

  test('of a contiguous mailbox have a thousand messages', () => {
    expect(batches(uidSetOfRanges([[1, 2500]])).map(formatUidSet)).toEqual(['1501:2500', '501:1500', '1:500'])
  })

  test('F55 of a million alternating UIDs fit into commands of 8,000 octets', () => {
    const set = uidSetOf(Uint32Array.from({ length: 1_000_000 }, (_, index) => 2_000_000_000 + 2 * index))
    const first = takeNewestBatch(set).batch
    expect(formatUidSet(first).length).toBeLessThanOrEqual(usualBatch.maxSetOctets)
    expect(first.size).toBeGreaterThan(300)
  })

  test('hold one range at least, however short the limit', () => {
    expect(
      formatUidSet(
        takeNewestBatch(uidSetOfRanges([[4_000_000_000, 4_000_000_009]]), { maxMessages: 5, maxSetOctets: 1 }).batch,
      ),
    ).toBe('4000000005:4000000009')
  })

  test('of an empty set are empty', () => {
    expect(takeNewestBatch(uidSetOf([])).batch.size).toBe(0)
  })
})

test('F75 halves of a set are its newer and its older half, and both smaller than it', () => {
  fc.assert(
    fc.property(
      uids.filter(({ size }) => size > 1),
      (set) => {
        const [newer, older] = halve(set)
        expect([...list(older), ...list(newer)]).toEqual(list(set))
        expect(newer.size - older.size).toBeOneOf([0, 1])
      },
    ),
  )
})

test('sets for commands are a partition of the set, each within the limit', () => {
  fc.assert(
    fc.property(uids, fc.integer({ min: 25, max: 100 }), (set, maxSetOctets) => {
      const sets = [...commandSets(set, maxSetOctets)]
      expect(sets.toReversed().flatMap(list)).toEqual(list(set))
      for (const each of sets) expect(formatUidSet(each).length).toBeLessThanOrEqual(maxSetOctets)
    }),
  )
  expect([...commandSets(uidSetOf([]), 100)]).toEqual([])
})

test('a set in a sentence is never longer than a line', () => {
  const alternating = uidSetOf(Uint32Array.from({ length: 1000 }, (_, index) => 2 * index + 1))
  expect(briefUidSet(alternating)).toBe('1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,41,43…')
  expect(briefUidSet(uidSetOfRanges([[1, 7]]))).toBe('1:7')
})
