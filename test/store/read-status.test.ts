import { expect, test } from 'vitest'
import { uidSetOf } from '../../src/model/uid-set.ts'
import type { MailboxState } from '../../src/sync/status.ts'
import { commitBatch, listedMailbox, message, openMailbox, uidOf } from './sample-mail.ts'
import { openReader, temporaryStorePath, writeStore } from './sample-store.ts'

/** Instants are the clock's; here only whether there is one. */
function statusOf(path: string): readonly unknown[] {
  const [account] = openReader(path).status(['work'], [])
  return (account?.mailboxes ?? []).map((state: MailboxState) => ({
    ...state,
    lastSyncedAt: typeof state.lastSyncedAt,
    goneAt: typeof state.goneAt,
  }))
}

const fresh = {
  uidValidity: 7,
  removed: 0,
  failed: 0,
  refused: 0,
  complete: true,
  reason: undefined,
  lastSyncedAt: 'string',
  goneAt: 'undefined',
}
const cursor = { uidNext: 10, highestModseq: 5n, messages: 2 }

test('a mailbox whose pass was completed is complete, with a refused message left out', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, {
      messages: [message(1), message(2)],
      failures: [{ uid: 3, reason: 'refused: larger than max-message' }],
    })
    await store.completePass(id, { ...cursor, messages: 3 })
  })
  expect(statusOf(path)).toEqual([{ ...fresh, path: 'INBOX', messages: 2, refused: 1 }])
})

test('a mailbox says why it is not complete', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const boxes = ['A never synced', 'B first pass', 'C failed', 'D between passes', 'E new epoch']
    const { listed } = await store.recordMailboxes('work', boxes.map((name) => listedMailbox(name))) // prettier-ignore
    const ids = listed.slice(1).map((mailbox) => mailbox.id)
    const epochs = []
    for (const id of ids) epochs.push((await store.openEpoch(id, 7n)).id)
    const messages = [message(1), message(2)]
    for (const epoch of epochs) await commitBatch(store, epoch, { messages })
    const [, failed, between, renewed] = epochs
    if (failed === undefined || between === undefined || renewed === undefined) throw new Error('three are missing')
    await commitBatch(store, failed, { failures: [{ uid: 9, reason: 'the server sent NIL' }] })
    for (const epoch of [failed, between, renewed]) await store.completePass(epoch, cursor)
    await commitBatch(store, between, { messages: [message(3)] })
    const newEpoch = await store.openEpoch(ids[3] ?? ids[0] ?? failOn('no mailbox'), 8n)
    await commitBatch(store, newEpoch.id, { messages: [message(1)] })
  })
  const incomplete = { ...fresh, complete: false, messages: 2 }
  expect(statusOf(path)).toEqual([
    {
      ...incomplete,
      path: 'A never synced',
      uidValidity: undefined,
      messages: 0,
      lastSyncedAt: 'undefined',
      reason: 'it has not been synced yet',
    },
    { ...incomplete, path: 'B first pass', lastSyncedAt: 'undefined', reason: 'its first sync was not finished' },
    { ...incomplete, path: 'C failed', failed: 1, reason: '1 message could not be fetched' },
    {
      ...incomplete,
      path: 'D between passes',
      messages: 3,
      reason: 'the mirror holds 3 messages where the last finished sync saw 2',
    },
    {
      ...incomplete,
      path: 'E new epoch',
      reason: 'its UIDVALIDITY changed and what is there now has not been synced to the end',
    },
  ])
})

function failOn(what: string): never {
  throw new Error(what)
}

test('removed placements are counted over all epochs of a mailbox', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const first = await openMailbox(store, 'INBOX', 7n)
    await commitBatch(store, first.id, { messages: [message(1), message(2), message(3)] })
    await store.markRemoved(first.id, uidSetOf([uidOf(1)]))
    await store.completePass(first.id, cursor)
    const second = await openMailbox(store, 'INBOX', 8n)
    await commitBatch(store, second.id, { messages: [message(1), message(2)] })
    await store.completePass(second.id, cursor)
  })
  expect(statusOf(path)).toEqual([{ ...fresh, path: 'INBOX', uidValidity: 8, messages: 2, removed: 3 }])
})

test('gone mailboxes come last and lack nothing; those that held nothing, and containers, are not shown', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { listed } = await store.recordMailboxes('work', [
      listedMailbox('Archive'),
      listedMailbox('Empty'),
      listedMailbox('Lists', { selectable: false }),
      listedMailbox('Sent'),
    ])
    const [archive, empty, , sent] = listed.map((mailbox) => mailbox.id)
    if (archive === undefined || empty === undefined || sent === undefined) throw new Error('three are missing')
    for (const mailbox of [archive, sent]) {
      const { id } = await store.openEpoch(mailbox, 7n)
      await commitBatch(store, id, { messages: [message(1), message(2)] })
      await store.completePass(id, cursor)
    }
    await store.markMailboxGone(archive)
    await store.markMailboxGone(empty)
  })
  expect(statusOf(path)).toEqual([
    { ...fresh, path: 'Sent', messages: 2 },
    { ...fresh, path: 'Archive', messages: 0, removed: 2, goneAt: 'string' },
  ])
})

test('selectors choose mailboxes, and an account that the store does not know has none', async () => {
  const path = temporaryStorePath()
  await writeStore(
    path,
    (store) =>
    store.recordMailboxes('work', ['Archive/2019', 'Archive/2020', 'INBOX'].map((name) => listedMailbox(name))), // prettier-ignore
  )
  const chosen = openReader(path).status(['home', 'work'], [{ account: 'work', mailbox: 'Archive/*' }])
  expect(chosen.map(({ name, store, mailboxes }) => [name, store, mailboxes.map((state) => state.path)])).toEqual([
    ['home', path, []],
    ['work', path, ['Archive/2019', 'Archive/2020']],
  ])
})
