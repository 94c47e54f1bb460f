import { expect, test } from 'vitest'
import { nextBatch } from '../../src/hooks/next-batch.ts'
import type { HookIndex, LoggedChange } from '../../src/hooks/ports.ts'
import type { ChangeKind } from '../../src/model/change.ts'
import { hookTo } from './hooked-store.ts'

function logged(seq: number, content: number | undefined, kind: ChangeKind = 'message-added'): LoggedChange {
  const uid = content === undefined ? undefined : seq
  const place = { account: 'work', mailbox: 'INBOX', uidValidity: 7, uid }
  return { change: { seq, at: '', ...place, kind, before: undefined, after: undefined }, content }
}

function indexUpTo(...watermarks: readonly number[]): HookIndex {
  const left = [...watermarks]
  return {
    indexedUpTo: () => (left.length > 1 ? (left.shift() ?? 0) : (left[0] ?? 0)),
    among: (_, __, contents) => new Set(contents.filter((content) => content % 2 === 1)),
    lines: () => [],
    [Symbol.dispose]: () => undefined,
  }
}

const page = [logged(11, undefined, 'mailbox-added'), logged(12, 1), logged(13, 2), logged(14, 3), logged(15, 4)]
const rules = { from: 10, mostChanges: 100, isPatient: () => false }

function seqsOf(index: HookIndex, query: string | undefined, more: Partial<typeof rules> = {}): unknown {
  const batch = nextBatch(page, hookTo('http://127.0.0.1/', { query }), { ...rules, index, ...more })
  return { ...batch, changes: batch.changes.map(({ change }) => change.seq) }
}

test('a hook with a query is told what the query finds, up to the first message that is not indexed', () => {
  expect(seqsOf(indexUpTo(9), 'x')).toEqual({ changes: [12, 14], upTo: 15, waits: false })
  expect(seqsOf(indexUpTo(2), 'x')).toEqual({ changes: [12], upTo: 13, waits: false })
  expect(seqsOf(indexUpTo(0), 'x')).toEqual({ changes: [], upTo: 11, waits: true })
})

test('an index that is made anew in this moment is waited for: what it has lost would be passed over', () => {
  expect(seqsOf(indexUpTo(9, 0), 'x')).toEqual({ changes: [], upTo: 10, waits: true })
})

const isPatient = (): boolean => true

test('a hook without a query waits for the index only where it is worth it', () => {
  expect(seqsOf(indexUpTo(0), undefined)).toEqual({ changes: [11, 12, 13, 14, 15], upTo: 15, waits: false })
  expect(seqsOf(indexUpTo(2), undefined, { isPatient })).toEqual({ changes: [11, 12, 13], upTo: 13, waits: false })
})

test('a batch has a limit, and the cursor goes no further than it', () => {
  expect(seqsOf(indexUpTo(9), undefined, { mostChanges: 2 })).toEqual({ changes: [11, 12], upTo: 12, waits: false })
  expect(seqsOf(indexUpTo(9), 'x', { mostChanges: 1 })).toEqual({ changes: [12], upTo: 12, waits: false })
})

test('a hook of a mailbox hears that it is called otherwise from now on, and one of its new name, too', () => {
  const { change } = logged(11, undefined, 'mailbox-renamed')
  const renamed = { change: { ...change, mailbox: 'New', before: { path: 'Old', mailbox: 3 } }, content: undefined }
  const isTold = (mailbox: string): boolean => {
    const hook = hookTo('http://127.0.0.1/', { mailbox })
    return nextBatch([renamed], hook, { ...rules, index: indexUpTo(0) }).changes.length > 0
  }
  expect(['Old', 'New', 'INBOX'].map(isTold)).toEqual([true, true, false])
})
