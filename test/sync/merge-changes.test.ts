import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeChanges } from '../../src/sync/merge-changes.ts'
import type { Change } from '../../src/model/change.ts'

function change(account: string, seq: number, second: number): Change {
  return {
    seq,
    at: new Date(Date.UTC(2026, 9, 5, 8, 0, second)).toISOString(),
    account,
    mailbox: 'INBOX',
    uidValidity: 1,
    uid: seq,
    kind: 'message-added',
    before: undefined,
    after: undefined,
  }
}

test('logs are merged by time, the first store first where times are equal', () => {
  const merged = mergeChanges([
    [change('a', 1, 1), change('a', 2, 5)],
    [],
    [change('b', 1, 1), change('b', 2, 2), change('b', 3, 9)],
  ])
  expect([...merged].map(({ account, seq }) => `${account}${seq}`)).toEqual(['a1', 'b1', 'b2', 'a2', 'b3'])
})

const log = (account: string): fc.Arbitrary<readonly Change[]> =>
  fc.array(fc.integer({ min: 0, max: 59 })).map((seconds) => seconds.map((at, index) => change(account, index, at)))

test('nothing is lost, and each log keeps its order even where its clock went back', () => {
  fc.assert(
    fc.property(log('a'), log('b'), log('c'), (...logs) => {
      const merged = [...mergeChanges(logs)]
      expect(logs.map((_, index) => merged.filter(({ account }) => account === 'abc'[index]))).toEqual(logs)
    }),
  )
})

test('whoever stops early closes every log', () => {
  const closed: string[] = []
  function* log(name: string): Generator<Change> {
    try {
      for (let seq = 1; ; seq++) yield change(name, seq, 1)
    } finally {
      closed.push(name)
    }
  }
  for (const _ of mergeChanges([log('a'), log('b')])) break
  expect(closed).toEqual(['a', 'b'])
})
