import { expect, test } from 'vitest'
import { formatUidSet } from '../../src/model/uid-set.ts'
import type { AccountRunRecord } from '../../src/sync/ports.ts'
import { cursor, epochsOf, kindsOf, mailboxOf, recordOne } from './contract-views.ts'
import type { OpenStore } from './contract-views.ts'
import { commitBatch, listedMailbox, message, openMailbox } from './sample-mail.ts'

export function epochContract(open: OpenStore): void {
  test('the first epoch is current at once, and has no cursor until a pass is completed', async () => {
    const { store, inspect } = await open()
    const mailbox = await recordOne(store, 'INBOX')
    const epoch = await store.openEpoch(mailbox, 4_294_967_295n)
    expect(epoch).toEqual({ id: epoch.id, uidValidity: 4_294_967_295n, cursor: undefined, messages: 0, failures: 0 })
    expect(await store.openEpoch(mailbox, 4_294_967_295n)).toEqual(epoch)
    expect(epochsOf(inspect(), 'INBOX')).toEqual([[4_294_967_295n, 'current']])
    for (const moved of [cursor, { uidNext: undefined, highestModseq: undefined, messages: 0 }]) {
      await store.completePass(epoch.id, moved)
      const { listed } = await store.recordMailboxes('work', [listedMailbox('INBOX')])
      expect(listed.map((box) => box.epoch?.cursor)).toEqual([moved])
    }
    expect(kindsOf(inspect())).toEqual(['mailbox-added ', 'epoch-started '])
  })

  test('F41 when all was compared is kept: the passes since, and how often in vain', async () => {
    const { store } = await open()
    const { id } = await openMailbox(store, 'INBOX', 7n)
    const seen: unknown[] = []
    const comparisons = [
      'changes',
      'all',
      'changes',
      'changes',
      'all in vain',
      'all in vain',
      'changes',
      'all',
    ] as const
    for (const comparison of comparisons) {
      await store.completePass(id, cursor, comparison)
      const { compared } = await store.openEpoch(await recordOne(store, 'INBOX'), 7n)
      seen.push(compared === undefined ? undefined : [compared.days, compared.passes, compared.inVain])
    }
    expect(seen).toEqual([undefined, [0, 0, 0], [0, 1, 0], [0, 2, 0], [0, 0, 1], [0, 0, 2], [0, 1, 2], [0, 0, 0]])
  })

  test('a changed UIDVALIDITY builds a new epoch; the old one stays until that is complete (RFC 9051 §2.3.1.1)', async () => {
    const { store, inspect } = await open()
    const first = await openMailbox(store, 'INBOX', 7n)
    await commitBatch(store, first.id, { messages: [message(1), message(2)], failures: [{ uid: 3, reason: 'NIL' }] })
    await store.completePass(first.id, cursor)
    const second = await openMailbox(store, 'INBOX', 6n)
    await commitBatch(store, second.id, { messages: [message(1)] })
    expect(epochsOf(inspect(), 'INBOX')).toEqual([
      [6n, 'building', '1'],
      [7n, 'current', '1', '2'],
    ])
    const { listed } = await store.recordMailboxes('work', [listedMailbox('INBOX')])
    expect(listed.map((box) => [box.epoch?.id, box.epoch?.cursor])).toEqual([[second.id, undefined]])
    for (let times = 0; times < 2; times++) {
      await store.completePass(second.id, cursor)
      expect(epochsOf(inspect(), 'INBOX')).toEqual([
        [6n, 'current', '1'],
        [7n, 'retired', '1 removed', '2 removed'],
      ])
    }
    expect(mailboxOf(inspect(), 'INBOX').epochs[1]?.failures).toEqual([])
    expect(
      inspect()
        .changes.slice(4)
        .map(({ kind, uidValidity }) => [kind, uidValidity]),
    ).toEqual([
      ['message-added', 6],
      ['epoch-started', 6],
    ])
  })

  test('F34 a UIDVALIDITY that comes back goes on with its epoch, whose messages are listed anew', async () => {
    const { store, inspect } = await open()
    const first = await openMailbox(store, 'INBOX', 7n)
    await commitBatch(store, first.id, { messages: [message(1)] })
    await store.completePass(first.id, cursor)
    const second = await openMailbox(store, 'INBOX', 8n)
    await store.completePass(second.id, cursor)
    const again = await openMailbox(store, 'INBOX', 7n)
    expect(again).toEqual({ id: first.id, uidValidity: 7n, cursor: undefined, messages: 0, failures: 0 })
    expect(formatUidSet(await store.presentUids(again.id))).toBe('')
    await commitBatch(store, again.id, { messages: [message(1)] })
    await store.completePass(again.id, cursor)
    expect(epochsOf(inspect(), 'INBOX')).toEqual([
      [7n, 'current', '1'],
      [8n, 'retired'],
    ])
  })

  test('an epoch that was never completed is given up when another pass is, and its messages are removed by name', async () => {
    const { store, inspect } = await open()
    const first = await openMailbox(store, 'INBOX', 7n)
    await commitBatch(store, first.id, { messages: [message(1)] })
    await store.completePass(first.id, cursor)
    const second = await openMailbox(store, 'INBOX', 8n)
    await commitBatch(store, second.id, { messages: [message(5)] })
    await store.completePass(first.id, cursor)
    expect(epochsOf(inspect(), 'INBOX')).toEqual([
      [7n, 'current', '1'],
      [8n, 'retired', '5 removed'],
    ])
    const last = inspect().changes.at(-1)
    expect([last?.kind, last?.uidValidity, last?.uid]).toEqual(['message-removed', 8, 5])
  })

  test('a UIDVALIDITY of more than 53 bits is kept to the last bit', async () => {
    const { store, inspect } = await open()
    const mailbox = await recordOne(store, 'INBOX')
    for (const uidValidity of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      expect((await store.openEpoch(mailbox, uidValidity)).uidValidity).toBe(uidValidity)
    }
    expect(mailboxOf(inspect(), 'INBOX').epochs.map(({ uidValidity }) => uidValidity)).toEqual([
      2n ** 53n,
      2n ** 53n + 1n,
      2n ** 63n - 1n,
    ])
  })

  test('F36 a server without UIDVALIDITY has the epoch 0', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX', 0n)
    await commitBatch(store, id, { messages: [message(1)] })
    expect(epochsOf(inspect(), 'INBOX')).toEqual([[0n, 'current', '1']])
    expect(inspect().changes.map(({ uidValidity }) => uidValidity)).toEqual([undefined, undefined, undefined])
  })
}

function accountRun(account: string, outcome: string): AccountRunRecord {
  return {
    account,
    outcome,
    counts: { newMessages: 1 },
    receivedOctets: 10,
    sentOctets: 5,
    roundTrips: 2,
    microsByState: {},
    blameByState: {},
    error: undefined,
    mailboxes: [],
  }
}

export function runContract(open: OpenStore): void {
  test('a run has its outcome, and one that never ended is marked by the next', async () => {
    const { store, inspect } = await open()
    await store.beginRun(['home', 'work'])
    await store.beginRun(['work'])
    await store.recordServer('work', { capabilities: ['IMAP4rev1'], id: 'Dovecot' })
    await store.finishRun('complete', [accountRun('work', 'complete')])
    await store.finishRun('complete', [accountRun('work', 'complete')])
    await store.beginRun(['work'])
    expect(inspect().runs).toEqual([
      {
        outcome: 'killed',
        accounts: [
          { account: 'home', outcome: 'killed' },
          { account: 'work', outcome: 'killed' },
        ],
      },
      { outcome: 'complete', accounts: [{ account: 'work', outcome: 'complete' }] },
      { outcome: undefined, accounts: [{ account: 'work', outcome: undefined }] },
    ])
  })

  test('F29 what accounts have received adds up, each by itself, and F15 the last word on connections counts', async () => {
    const { store } = await open()
    expect(await store.accountHistory('work')).toMatchObject({ received: [], connections: undefined })
    for (const receivedOctets of [1000, 2 ** 40]) await store.noteHistory('work', { receivedOctets })
    await store.noteHistory('work', { connections: 3 })
    await store.noteHistory('work', { connections: 2 })
    await store.noteHistory('home', { receivedOctets: 7 })
    const { nowMs, received, connections } = await store.accountHistory('work')
    expect(received.reduce((sum, { octets }) => sum + octets, 0)).toBe(2 ** 40 + 1000)
    expect(connections).toBe(2)
    for (const { untilMs } of received) expect(untilMs).toBeGreaterThan(nowMs + 24 * 3_600_000 - 1)
    expect((await store.accountHistory('home')).connections).toBeUndefined()
  })

  test('a store may be closed twice', async () => {
    const { store } = await open()
    await store.close()
    await expect(store.close()).resolves.toBeUndefined()
  })
}
