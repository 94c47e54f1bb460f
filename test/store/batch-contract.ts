import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { headerProof } from '../../src/model/header-fields.ts'
import { formatUidSet, uidSetOfRanges } from '../../src/model/uid-set.ts'
import type { EpochId } from '../../src/sync/ports.ts'
import { epochsOf, kindsOf, mailboxOf, onlyEpoch, recordOne, seen, uids } from './contract-views.ts'
import type { OpenStore } from './contract-views.ts'
import { commitBatch, message, messageRow, openMailbox } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export function batchContract(open: OpenStore): void {
  test('a batch stores contents once and placements for each UID; twice is the same as once', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    const messages: readonly Message[] = [
      [messageRow(3, { flags: [seen, 'Work', String.raw`\Recent`], modseq: 2n ** 63n - 1n }), 'one'],
      [messageRow(5, { flags: undefined, labels: ['b', 'a'] }), 'one'],
      [messageRow(4_294_967_295, { internalDate: undefined }), ''],
    ]
    const outcome = await commitBatch(store, id, { messages })
    expect([outcome.added, outcome.newContents, outcome.octets]).toEqual([3, 2, 6])
    const once = inspect()
    const again = await commitBatch(store, id, { messages })
    expect([again.added, again.newContents]).toEqual([0, 0])
    expect(inspect()).toEqual(once)
    const plain = {
      flags: [],
      keywords: [],
      labels: undefined,
      modseq: undefined,
      seconds: 837_596_665,
      removed: false,
    }
    expect(onlyEpoch(once).placements).toEqual([
      { ...plain, uid: 3, sha256: sha256('one'), octets: 3, flags: [seen], keywords: ['Work'], modseq: 2n ** 63n - 1n },
      { ...plain, uid: 5, sha256: sha256('one'), octets: 3, labels: ['a', 'b'] },
      { ...plain, uid: 4_294_967_295, sha256: sha256(''), octets: 0, seconds: undefined },
    ])
    expect(kindsOf(once).slice(2)).toEqual(['message-added 3', 'message-added 5', 'message-added 4294967295'])
    expect(formatUidSet(await store.presentUids(id))).toBe('3,5,4294967295')
    expect(await store.fingerprints(id)).toEqual([
      [3, 837_596_665, 3],
      [5, 837_596_665, 3],
      [4_294_967_295, undefined, 0],
    ])
  })

  test('a message whose octets are held is linked: a placement and a change, and no content', async () => {
    const { store, inspect } = await open()
    const { id: former } = await openMailbox(store, 'INBOX')
    const text = 'Message-ID: <1@example.org>\r\n\r\nhello\r\n'
    const row = messageRow(3, { size: 99, providerId: 'M1' })
    await commitBatch(store, former, { messages: [[row, text], [messageRow(4), 'no header']] }) // prettier-ignore
    await store.completePass(former, { uidNext: 5, highestModseq: undefined, messages: 2 })
    const { id } = await openMailbox(store, 'INBOX', 8n)
    const held = await store.formerMessages(id)
    expect({ sizes: held.sizes, seconds: held.seconds }).toEqual({
      sizes: [99, 9],
      seconds: [837_596_665, 837_596_665],
    })
    expect(await store.formerMessages(former)).toEqual({ contents: [], sizes: [], seconds: [] })
    const [content, bare] = held.contents
    if (content === undefined || bare === undefined) throw new Error('nothing is held')
    expect(await store.hasProviderIds(id)).toBe(true)
    expect(await store.contentsByProviderId(id, ['M1', 'M2'])).toEqual([{ content, size: 99 }, undefined])
    expect(await store.headerProofs([content, bare])).toEqual([headerProof(Buffer.from(text)), undefined])

    const batch = store.newBatch(id)
    batch.fail({ uid: 8, reason: 'no answer' })
    batch.link(messageRow(7, { flags: [seen] }), content)
    const { added, newContents, octets } = await batch.commit()
    expect([added, newContents, octets]).toEqual([1, 0, 0])
    const failed = store.newBatch(id)
    failed.link(messageRow(8), content)
    await failed.commit()
    expect(await store.failures(id)).toEqual([])
    await store.completePass(id, { uidNext: 9, highestModseq: undefined, messages: 2 })
    const epoch = mailboxOf(inspect(), 'INBOX').epochs.find(({ uidValidity }) => uidValidity === 8n)
    expect(epoch?.placements.map(({ uid, flags, sha256: hash }) => [uid, flags, hash])).toEqual([
      [7, [seen], sha256(text)],
      [8, [], sha256(text)],
    ])
    expect(kindsOf(inspect()).slice(-3)).toEqual(['message-added 7', 'message-added 8', 'epoch-started '])
    // Another content under the same id: nobody knows which one it is.
    await commitBatch(store, id, { messages: [[messageRow(9, { providerId: 'M1' }), 'other']] })
    expect(await store.contentsByProviderId(id, ['M1'])).toEqual([undefined])
  })

  test('a batch that is being filled tells what it holds, and gives the same room until a message is added', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    const batch = store.newBatch(id)
    expect([batch.messages, batch.octets, batch.fits(100_000_000)]).toEqual([0, 0, true])
    batch.allocate(10).fill(1)
    batch.allocate(4).set(Buffer.from('abcd'))
    batch.add(messageRow(1))
    expect([batch.messages, batch.octets, batch.fits(2 ** 21 - 4), batch.fits(2 ** 21)]).toEqual([1, 4, true, false])
    batch.allocate(2 ** 21 - 4).fill(2)
    batch.add(messageRow(2))
    batch.allocate(0)
    batch.add(messageRow(3))
    await batch.commit()
    expect(onlyEpoch(inspect()).placements.map(({ octets }) => octets)).toEqual([4, 2 ** 21 - 4, 0])
  })

  test('a batch is committed once', async () => {
    const { store } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    const batch = store.newBatch(id)
    await batch.commit()
    expect(() => batch.allocate(1)).toThrow('committed')
    await expect(batch.commit()).rejects.toThrow('committed')
  })

  test('a message larger than a batch is a batch of its own', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [[messageRow(1), 'x'.repeat(5_000_000)]] })
    expect(onlyEpoch(inspect()).placements.map(({ octets }) => octets)).toEqual([5_000_000])
  })

  test('a failure stands until its message comes or is gone', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    const failures = [1, 2, 3].map((uid) => ({ uid, reason: 'the server sent NIL' }))
    await commitBatch(store, id, { failures })
    await commitBatch(store, id, { failures: [{ uid: 3, reason: 'refused: too large' }] })
    expect(await store.failures(id)).toEqual([...failures.slice(0, 2), { uid: 3, reason: 'refused: too large' }])
    await commitBatch(store, id, { messages: [message(1)] })
    expect(await store.markRemoved(id, uids(2))).toBe(0)
    expect(await store.failures(id)).toEqual([{ uid: 3, reason: 'refused: too large' }])
    expect((await store.openEpoch(await recordOne(store, 'INBOX'), 7n)).failures).toBe(1)
    expect(epochsOf(inspect(), 'INBOX')).toEqual([[7n, 'current', '1']])
  })

  test('F43 other octets under a UID that is held are kept beside it, and are a failure until someone has looked', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [[messageRow(1), 'first']] })
    const placed = onlyEpoch(inspect()).placements
    for (const newContents of [1, 0]) {
      const outcome = await commitBatch(store, id, { messages: [[messageRow(1), 'second']] })
      expect([outcome.added, outcome.newContents]).toEqual([0, newContents])
      expect(onlyEpoch(inspect()).placements).toEqual(placed)
      expect(onlyEpoch(inspect()).failures).toEqual([{ uid: 1, reason: 'the server now sends other octets' }])
    }
    await commitBatch(store, id, { messages: [[messageRow(1), 'first']] })
    expect(onlyEpoch(inspect()).failures).toEqual([])
  })

  test('a UID that was removed and is listed again is present again, with what it has now', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [[messageRow(1, { flags: ['Old'] }), 'first'], message(2)] })
    await store.markRemoved(id, uids(1, 2))
    const outcome = await commitBatch(store, id, {
      messages: [[messageRow(1, { flags: [seen] }), 'second'], message(2)],
    })
    expect([outcome.added, outcome.newContents]).toEqual([2, 1])
    expect(onlyEpoch(inspect()).placements.map(({ octets, flags, keywords }) => [octets, flags, keywords])).toEqual([
      [6, [seen], []],
      [message(2)[1].length, [], []],
    ])
    expect(formatUidSet(await store.presentUids(id))).toBe('1:2')
    expect(kindsOf(inspect()).slice(6)).toEqual(['message-added 1', 'message-added 2'])
  })

  test('removals take what is present, once', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [1, 2, 3, 7, 9].map((uid) => message(uid)) })
    const gone = uidSetOfRanges([[2, 7], [8, 8], [20, 30]]) // prettier-ignore
    expect(await store.markRemoved(id, gone)).toBe(3)
    expect(await store.markRemoved(id, gone)).toBe(0)
    expect(formatUidSet(await store.presentUids(id))).toBe('1,9')
    expect(kindsOf(inspect()).slice(7)).toEqual(['message-removed 2', 'message-removed 3', 'message-removed 7'])
  })

  test('calls are carried out in the order in which they are made, and one that fails does not touch its neighbours', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an epoch that does not exist
    const nowhere = 999 as EpochId
    const made = [
      commitBatch(store, id, { messages: [message(1), message(2)] }),
      commitBatch(store, nowhere, { messages: [message(8)] }),
      store.markRemoved(id, uids(1)),
      store.applyFlags(id, [messageRow(2, { flags: [seen] })]),
      store.presentUids(id).then(formatUidSet),
      commitBatch(store, id, { messages: [message(3)] }),
    ]
    const settled = await Promise.allSettled(made)
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    expect(settled[4]).toEqual({ status: 'fulfilled', value: '2' })
    expect(epochsOf(inspect(), 'INBOX')).toEqual([[7n, 'current', '1 removed', '2', '3']])
    expect(kindsOf(inspect()).slice(2)).toEqual([
      'message-added 1',
      'message-added 2',
      'message-removed 1',
      'flags-changed 2',
      'message-added 3',
    ])
  })
}

export function flagContract(open: OpenStore): void {
  test('flags are compared in their stored form; only what differs is written', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    const flags = [seen, '$Junk']
    await commitBatch(store, id, { messages: [1, 2, 3].map((uid) => message(uid, { flags, labels: ['a'] })) })
    const before = inspect()
    expect(await store.applyFlags(id, [messageRow(1, { flags: ['$Junk', String.raw`\SEEN`, String.raw`\Recent`] })])).toBe(0) // prettier-ignore
    expect(await store.applyFlags(id, [messageRow(2, { flags: undefined }), messageRow(9, { flags })])).toBe(0)
    expect(inspect()).toEqual(before)
    const rows = [messageRow(1, { flags: ['$Junk'] }), messageRow(2, { flags, labels: [] })]
    expect(await store.applyFlags(id, rows)).toBe(2)
    expect(await store.applyFlags(id, rows)).toBe(0)
    expect(onlyEpoch(inspect()).placements.map((row) => [row.flags, row.keywords, row.labels])).toEqual([
      [[], ['$Junk'], ['a']],
      [[seen], ['$Junk'], []],
      [[seen], ['$Junk'], ['a']],
    ])
    expect(kindsOf(inspect()).slice(5)).toEqual(['flags-changed 1', 'flags-changed 2'])
  })

  test('F61 a modseq of 63 bits is kept, told or not, and is no change by itself (RFC 7162 §3.1.1)', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [message(1, { modseq: 2n ** 53n + 1n }), message(2)] })
    const modseqs = (): readonly unknown[] => onlyEpoch(inspect()).placements.map(({ modseq }) => modseq)
    const changes = inspect().changes.length
    expect(modseqs()).toEqual([2n ** 53n + 1n, undefined])
    await store.applyFlags(id, [messageRow(1, { flags: undefined }), messageRow(2, { modseq: 2n ** 63n - 1n })])
    expect(modseqs()).toEqual([2n ** 53n + 1n, 2n ** 63n - 1n])
    expect(inspect().changes).toHaveLength(changes)
  })

  test('flags of a removed placement are left alone', async () => {
    const { store, inspect } = await open()
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: [message(1)] })
    await store.markRemoved(id, uids(1))
    const before = inspect()
    expect(await store.applyFlags(id, [messageRow(1, { flags: [seen], modseq: 9n })])).toBe(0)
    expect(inspect()).toEqual(before)
  })
}
