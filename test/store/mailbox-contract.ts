import { expect, test } from 'vitest'
import { cursor, epochsOf, kindsOf, mailboxOf, recordOne } from './contract-views.ts'
import type { OpenStore } from './contract-views.ts'
import { commitBatch, listedMailbox, message, openMailbox } from './sample-mail.ts'

export function mailboxContract(open: OpenStore): void {
  test('mailboxes are added once, kept by their wire name, and not marked as gone by a LIST', async () => {
    const { store, inspect } = await open()
    const drafts = listedMailbox('Entwürfe', { wirePath: 'Entw&APw-rfe' })
    const first = await store.recordMailboxes('work', [drafts, listedMailbox('INBOX')])
    await store.recordMailboxes('home', [listedMailbox('INBOX')])
    const second = await store.recordMailboxes('work', [{ ...drafts, path: 'Drafts' }])
    expect(first.absent).toEqual([])
    expect(second.listed).toEqual([{ ...first.listed[0], path: 'Drafts' }])
    expect(second.absent).toEqual([first.listed[1]])
    expect(inspect().mailboxes.map(({ account, path, gone }) => [account, path, gone])).toEqual([
      ['home', 'INBOX', false],
      ['work', 'Drafts', false],
      ['work', 'INBOX', false],
    ])
    expect(kindsOf(inspect())).toEqual(['mailbox-added ', 'mailbox-added ', 'mailbox-added '])
  })

  test('a name that a server lists twice is one mailbox', async () => {
    const { store, inspect } = await open()
    const { listed } = await store.recordMailboxes('work', [listedMailbox('INBOX'), listedMailbox('INBOX')])
    expect(new Set(listed.map((mailbox) => mailbox.id)).size).toBe(1)
    expect(inspect().mailboxes).toHaveLength(1)
  })

  test('a mailbox that is gone takes its placements along; if it comes back it is listed anew', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    const mailbox = await recordOne(store, 'INBOX')
    await commitBatch(store, id, { messages: [message(1), message(2)], failures: [{ uid: 3, reason: 'NIL' }] })
    await store.completePass(id, cursor)
    expect(await store.markMailboxGone(mailbox)).toBe(2)
    expect(await store.markMailboxGone(mailbox)).toBe(0)
    expect(mailboxOf(inspect(), 'INBOX').gone).toBe(true)
    expect(epochsOf(inspect(), 'INBOX')).toEqual([[7n, 'current', '1 removed', '2 removed']])
    expect(kindsOf(inspect()).slice(4)).toEqual(['message-removed 1', 'message-removed 2', 'mailbox-removed '])
    expect((await store.recordMailboxes('work', [])).absent).toEqual([])
    const { listed } = await store.recordMailboxes('work', [listedMailbox('INBOX')])
    expect(listed.map(({ epoch }) => epoch)).toEqual([
      { id, uidValidity: 7n, cursor: undefined, messages: 0, failures: 0 },
    ])
    expect(kindsOf(inspect()).slice(7)).toEqual(['mailbox-added '])
  })

  test('an epoch of a mailbox that is gone cannot be opened', async () => {
    const { store } = await open()
    const mailbox = await recordOne(store, 'INBOX')
    await store.markMailboxGone(mailbox)
    await expect(store.openEpoch(mailbox, 7n)).rejects.toThrow('gone')
  })

  test('a renamed mailbox keeps its placements under the number of its new name', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'Old')
    const old = await recordOne(store, 'Old')
    await commitBatch(store, id, { messages: [message(1)] })
    await store.completePass(id, cursor)
    const now = await recordOne(store, 'New')
    // An earlier run had begun to list the new name.
    await store.openEpoch(now, 7n)
    await store.renameMailbox(old, now)
    await store.renameMailbox(old, now)
    expect(epochsOf(inspect(), 'New')).toEqual([[7n, 'current', '1']])
    expect([mailboxOf(inspect(), 'Old').gone, epochsOf(inspect(), 'Old')]).toEqual([true, [[7n, 'retired']]])
    const { listed, absent } = await store.recordMailboxes('work', [listedMailbox('New')])
    expect(listed).toEqual([
      { id: now, path: 'New', wirePath: 'New', epoch: { id, uidValidity: 7n, cursor, messages: 1, failures: 0 } },
    ])
    expect(absent).toEqual([])
    const renames = inspect().changes.filter(({ kind }) => kind === 'mailbox-renamed')
    expect(renames.map((change) => change.mailbox)).toEqual(['New'])
    // And back again.
    await recordOne(store, 'Old')
    await store.renameMailbox(now, old)
    expect(epochsOf(inspect(), 'Old')).toEqual([[7n, 'current', '1']])
  })

  test('a mailbox that holds messages is no new name of another', async () => {
    const { store, inspect } = await open()
    const epochs = [await openMailbox(store, 'A'), await openMailbox(store, 'B')]
    for (const { id } of epochs) await commitBatch(store, id, { messages: [message(1)] })
    const before = inspect()
    await expect(store.renameMailbox(await recordOne(store, 'A'), await recordOne(store, 'B'))).rejects.toThrow('holds')
    expect(inspect()).toEqual(before)
  })
}
