import { statSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { Change } from '../../src/model/change.ts'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'
import { commitBatch, listedMailbox, message, messageRow, openMailbox, uidOf } from './sample-mail.ts'
import { openReader, openWriter, temporaryStorePath, writeStore } from './sample-store.ts'

const withoutInstant = (change: Change): unknown => ({ ...change, at: undefined })
const seqs = (changes: Iterable<Change>): readonly number[] => Array.from(changes, (change) => change.seq)
const from = (first: number): readonly number[] => Array.from({ length: 101 - first }, (_, index) => first + index)

test('the log has a row for every change, in the order of commits', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    await store.beginRun(['work'])
    const first = await openMailbox(store, 'INBOX')
    await commitBatch(store, first.id, { messages: [message(1, { flags: ['$Label1'] }), message(2)] })
    await store.applyFlags(first.id, [messageRow(1, { flags: [String.raw`\seen`] }), messageRow(2)])
    await store.markRemoved(first.id, uidSetOf([uidOf(2)]))
    await store.completePass(first.id, { uidNext: 3, highestModseq: undefined, messages: 1 })
    const { id } = await openMailbox(store, 'INBOX', 8n)
    await store.completePass(id, { uidNext: 1, highestModseq: undefined, messages: 0 })
    const { listed } = await store.recordMailboxes('work', [listedMailbox('INBOX')])
    for (const mailbox of listed) await store.markMailboxGone(mailbox.id)
  })
  const box = {
    account: 'work',
    mailbox: 'INBOX',
    uidValidity: undefined,
    uid: undefined,
    before: undefined,
    at: undefined,
  }
  const seen = { flags: [String.raw`\Seen`], keywords: [] }
  expect([...openReader(path).changes({ afterSeq: 0 })].map(withoutInstant)).toEqual([
    { ...box, seq: 1, kind: 'mailbox-added', after: { path: 'INBOX' } },
    { ...box, seq: 2, kind: 'epoch-started', uidValidity: 7, after: { uidValidity: 7 } },
    {
      ...box,
      seq: 3,
      kind: 'message-added',
      uidValidity: 7,
      uid: 1,
      after: { message: 1, flags: [], keywords: ['$Label1'] },
    },
    { ...box, seq: 4, kind: 'message-added', uidValidity: 7, uid: 2, after: { message: 2, flags: [], keywords: [] } },
    {
      ...box,
      seq: 5,
      kind: 'flags-changed',
      uidValidity: 7,
      uid: 1,
      before: { flags: [], keywords: ['$Label1'] },
      after: seen,
    },
    { ...box, seq: 6, kind: 'message-removed', uidValidity: 7, uid: 2, after: undefined },
    { ...box, seq: 7, kind: 'epoch-started', uidValidity: 8, before: { uidValidity: 7 }, after: { uidValidity: 8 } },
    { ...box, seq: 8, kind: 'mailbox-removed', after: undefined },
  ])
})

test('the log is read from a number or from an instant on', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: Array.from({ length: 98 }, (_, index) => message(index + 1)) })
  })
  const editor = new Sqlite(path)
  // Ten rows to an instant: 1000, 1000, …, 2000, …
  editor.exec('UPDATE change SET at = ((seq - 1) / 10 + 1) * 1000')
  editor.close()
  const reader = openReader(path)
  expect(seqs(reader.changes({ afterSeq: 0 }))).toEqual(from(1))
  expect(seqs(reader.changes({ afterSeq: 42 }))).toEqual(from(43))
  expect(seqs(reader.changes({ afterSeq: 100 }))).toEqual([])
  for (const [fromMs, first] of [
    [0, 1],
    [1000, 1],
    [1001, 11],
    [5000, 41],
    [10_000, 91],
    [10_001, 101],
  ] as const) {
    // prettier-ignore
    expect([fromMs, seqs(reader.changes({ fromMs }))]).toEqual([fromMs, from(first)])
  }
})

test('a reading ends where the log ended when it began; whatever is asked meanwhile is answered', async () => {
  const path = temporaryStorePath()
  const store = await openWriter(path)
  const { id } = await openMailbox(store, 'INBOX')
  // More than a page of the reading.
  await commitBatch(store, id, { messages: Array.from({ length: 1200 }, (_, index) => message(index + 1)) })
  const reader = openReader(path)
  const reading = reader.changes({ afterSeq: 0 })
  const begun = reading.next().value
  await commitBatch(store, id, { messages: [message(2000)] })
  await store.close()
  expect(seqs(reader.changes({ afterSeq: 1201 }))).toEqual([1202, 1203])
  expect(reader.find({ id: 1 })).toHaveLength(1)
  expect([begun?.seq, ...seqs(reading)]).toEqual(Array.from({ length: 1202 }, (_, index) => index + 1))
})

test('a reading that is under way keeps neither the writer from emptying its log nor the store from being closed', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  const reader = openStoreReader({ path, allowNetwork: false })
  const reading = reader.changes({ afterSeq: 0 })
  expect(reading.next().value?.seq).toBe(1)
  await writeStore(path, (store) => openMailbox(store, 'Archive'))
  expect(statSync(`${path}-wal`).size).toBe(0)
  reader.close()
})

test('S25 a kind of change that is unknown is damage', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  const vandal = new Sqlite(path)
  vandal.exec(`UPDATE change SET kind = 'message-sold'`)
  vandal.close()
  expect(() => [...openReader(path).changes({ afterSeq: 0 })]).toThrow(expect.objectContaining({ code: 'DAMAGED' }))
})
