import { expect, test } from 'vitest'
import type { MirroredMailbox } from '../../src/sync/ports.ts'
import { commitBatch, listedMailbox, message } from './sample-mail.ts'
import { openReader, temporaryStorePath, writeStore } from './sample-store.ts'

test('a plan without a run knows the mailboxes as a run would, whatever the size of their numbers', async () => {
  const path = temporaryStorePath()
  const boxes = [listedMailbox('Entwürfe', { wirePath: 'Entw&APw-rfe' }), listedMailbox('INBOX')]
  const expected = await writeStore(path, async (store) => {
    const { listed } = await store.recordMailboxes('work', [...boxes, listedMailbox('Old')])
    const [drafts, inbox, old] = listed
    if (drafts === undefined || inbox === undefined || old === undefined) throw new Error('three are missing')
    const { id } = await store.openEpoch(drafts.id, 4_294_967_295n)
    await commitBatch(store, id, { messages: [message(1)], failures: [{ uid: 2, reason: 'the server sent NIL' }] })
    await store.completePass(id, { uidNext: 4_294_967_295, highestModseq: 2n ** 63n - 1n, messages: 2 })
    await store.openEpoch(inbox.id, 0n)
    await store.markMailboxGone(old.id)
    return (await store.recordMailboxes('work', boxes)).listed
  })
  const reader = openReader(path)
  expect(reader.mirroredMailboxes('work')).toEqual(expected)
  expect(expected.map(({ epoch }: MirroredMailbox) => epoch?.cursor?.highestModseq)).toEqual([
    2n ** 63n - 1n,
    undefined,
  ])
  expect(reader.mirroredMailboxes('home')).toEqual([])
})
