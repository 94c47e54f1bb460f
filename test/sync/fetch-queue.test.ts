import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatUidSet, hasUid, uidSetOf, uidSetOfRanges, uidsOf } from '../../src/model/uid-set.ts'
import type { UidSet } from '../../src/model/uid-set.ts'
import { FetchQueue } from '../../src/sync/fetch-queue.ts'

const range = (first: number, last: number): UidSet => uidSetOfRanges([[first, last]])

const queueOf = (uids: UidSet): FetchQueue => new FetchQueue(uids, uidSetOf([]))

function drain(queue: FetchQueue): readonly string[] {
  const taken: string[] = []
  for (let batch = queue.take(); batch !== undefined; batch = queue.take()) taken.push(formatUidSet(batch))
  return taken
}

describe('what remains to be fetched', () => {
  test('is taken newest first, until there is none', () => {
    const queue = queueOf(range(1, 2100))
    expect(queue.isEmpty).toBe(false)
    expect(drain(queue)).toEqual(['1101:2100', '101:1100', '1:100'])
    expect(queue.isEmpty).toBe(true)
    expect(queue.take()).toBeUndefined()
  })

  test('has again what is put back', () => {
    const queue = queueOf(range(1, 10))
    queue.take()
    queue.putBack(range(3, 5))
    queue.putBack(range(1, 1))
    expect(drain(queue)).toEqual(['1,3:5'])
  })

  test('F75 has suspects in halves, after all others', () => {
    const queue = queueOf(range(1, 1008))
    const first = queue.take() ?? uidSetOf([])
    queue.putBack(range(1005, 1008))
    expect(queue.suspect(range(9, 1004))).toBeUndefined()
    expect(first.size).toBe(1000)
    expect(drain(queue)).toEqual(['1:8,1005:1008', '507:1004', '9:506'])
  })

  test('F75 names a UID that loses the connection twice on its own, and then has it no more', () => {
    const queue = queueOf(uidSetOf([]))
    expect(queue.suspect(range(7, 7))).toBeUndefined()
    expect(formatUidSet(queue.take() ?? uidSetOf([]))).toBe('7')
    expect(queue.suspect(range(7, 7))).toBe(7)
    expect(queue.isEmpty).toBe(true)
    expect(queue.suspect(uidSetOf([]))).toBeUndefined()
  })

  test('F75 has refused batches in halves, after all others, and larger ones before smaller ones', () => {
    const queue = queueOf(range(1, 1008))
    queue.divide(queue.take() ?? uidSetOf([]))
    expect(formatUidSet(queue.take() ?? uidSetOf([]))).toBe('1:8')
    queue.divide(queue.take() ?? uidSetOf([]))
    expect(drain(queue)).toEqual(['9:508', '759:1008', '509:758'])
  })

  test('F75 has those that failed in a former run last of all', () => {
    const queue = new FetchQueue(
      range(1, 1008),
      uidSetOfRanges([
        [1000, 1004],
        [2000, 2003],
      ]),
    )
    queue.suspect(queue.take() ?? uidSetOf([]))
    expect(queue.isEmpty).toBe(false)
    expect(drain(queue)).toEqual(['1:3', '504:999,1005:1008', '4:503', '1000:1004'])
    expect(queue.isEmpty).toBe(true)
  })

  test('is nothing once it is cleared', () => {
    const queue = new FetchQueue(range(1, 10), range(3, 4))
    queue.suspect(range(20, 30))
    queue.clear()
    expect(queue.isEmpty).toBe(true)
    expect(drain(queue)).toEqual([])
  })

  test('F75 comes down to exactly the poison, whatever it is, within bounded steps', () => {
    const poisons = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 12 })
    fc.assert(
      fc.property(poisons, (poison) => {
        const queue = queueOf(range(1, 300))
        const fetched: number[] = []
        const failed: number[] = []
        let steps = 0
        for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
          const set = batch
          steps++
          if (!poison.some((uid) => hasUid(set, uid))) fetched.push(...uidsOf(set))
          else failed.push(...[queue.suspect(set)].flatMap((uid) => uid ?? []))
        }
        expect(failed.toSorted((one, other) => one - other)).toEqual(poison.toSorted((one, other) => one - other))
        expect(fetched).toHaveLength(300 - poison.length)
        expect(steps).toBeLessThanOrEqual(1 + 20 * poison.length)
      }),
    )
  })
})
