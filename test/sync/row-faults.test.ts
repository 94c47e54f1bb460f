import { describe, expect, test } from 'vitest'
import type { FaultAction } from '../../src/demo/faults.ts'
import type { FetchRow } from '../../src/demo/fetch-row.ts'
import { expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, flagged, inboxOf, letter, seen } from './letters.ts'

const bodyFetch = /UID FETCH .*BODY\.PEEK/

const without =
  (...names: readonly string[]) =>
  (row: FetchRow): readonly FetchRow[] => [{ ...row, items: row.items.filter(({ name }) => !names.includes(name)) }]

const uids = [3, 4, 9]

/** The octets of each message under another UID as well, and each twice. */
const misleading = (row: FetchRow): readonly FetchRow[] => [
  { seqNum: 1, uid: 999, items: [{ name: 'UID', text: '999' }, ...row.items.filter(({ name }) => name !== 'UID')] },
  row,
  row,
]

describe('F44 messages that are expunged between the listing and their fetch', () => {
  test.each<readonly [string, FaultAction | undefined]>([
    ['whose rows are left out', undefined],
    ['whose body is NIL', { kind: 'body-nil', uids }],
    ['whose rows have no body', { kind: 'body-absent', uids }],
    [
      'so that the command is answered NO',
      { kind: 'completion', text: 'NO Some of the requested messages no longer exist' },
    ],
    [
      'so that the command is answered OK [EXPUNGEISSUED]',
      { kind: 'completion', text: 'OK [EXPUNGEISSUED] some are gone' },
    ],
  ])('%s are neither placed nor failed', async (_name, action) => {
    await using stage = await FaultStage.open(inboxOf(12))
    stage.fault(bodyFetch, { kind: 'run', run: () => stage.mail.expunge('INBOX', uids) }, { nth: 1 })
    if (action !== undefined) stage.fault(bodyFetch, action, { nth: 1 })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, serverMessages: 9, messages: 9, failed: [] })
    expect(await expectRecovery(stage)).toBe(0)
  })
})

describe('messages that the server lists and does not send', () => {
  test.each<readonly [string, FaultAction]>([
    ['F44 NIL for a body', { kind: 'body-nil', uids }],
    ['F73 a row without the body', { kind: 'body-absent', uids }],
    ['F73 OK without the row', { kind: 'omit-rows', uids }],
  ])('%s is a failure that names the UIDs, and the rest is there', async (_name, action) => {
    await using stage = await FaultStage.open(inboxOf(12))
    stage.fault(bodyFetch, action)
    const outcome = await stage.sync()
    const reason = 'the server lists the message and does not send its octets'
    expect(mailboxOf(outcome)).toMatchObject({
      complete: false,
      serverMessages: 12,
      messages: 9,
      failed: uids.map((uid) => ({ uid, reason })),
    })
    expect(stage.wire.count('UID FETCH')).toBeLessThan(12)
    expect(await expectRecovery(stage)).toBe(3)
  })

  test('F73 once, and then sends, costs one more command', async () => {
    await using stage = await FaultStage.open(inboxOf(12))
    stage.fault(bodyFetch, { kind: 'omit-rows', uids }, { nth: 1 })
    expect((await stage.sync()).result.complete).toBe(true)
    expect(stage.wire.bodySets).toEqual(['1:12', '3:4,9'])
    expect(await expectRecovery(stage)).toBe(0)
  })
})

describe('rows that nobody asked for', () => {
  test.each<readonly [string, FaultAction]>([
    ['F76 of UIDs that do not exist', { kind: 'foreign-rows', uids: [77, 78] }],
    ['F76 of other messages', { kind: 'foreign-rows', uids: [1, 2] }],
    ['I12 without a UID', { kind: 'rows-without-uid', seqNums: [1, 2, 999] }],
  ])('%s change nothing', async (_name, action) => {
    await using stage = await FaultStage.open(inboxOf(8))
    await stage.sync()
    const newUid = fill(stage.mail, 'INBOX', 1)
    stage.fault(bodyFetch, action)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, messages: 9 })
    expect(stage.wire.bodySets).toEqual([String(newUid[0])])
    await expectRecovery(stage)
  })

  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])('F76 among the flags, of UIDs that do not exist, are no messages, %s', async (_name, extensions) => {
    await using stage = await FaultStage.open(inboxOf(8), { extensions })
    await stage.sync()
    stage.mail.setFlags('INBOX', 2, [flagged])
    stage.fault(/UID FETCH 1:\*/, { kind: 'foreign-rows', uids: [77, 78] })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, messages: 8, flagChanges: 1 })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F76 with the octets of another message are dropped', async () => {
    await using stage = await FaultStage.open(inboxOf(6))
    stage.mail.append('INBOX', letter('the seventh'))
    stage.fault(bodyFetch, { kind: 'edit-rows', edit: misleading })
    expect((await stage.sync()).result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })
})

describe('F69 rows that do not tell everything', () => {
  test('without flags beside the octets are asked again', async () => {
    await using stage = await FaultStage.open(inboxOf(7))
    stage.fault(bodyFetch, { kind: 'edit-rows', edit: without('FLAGS') })
    expect((await stage.sync()).result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])('without flags in a scan are asked again, %s', async (_name, extensions) => {
    await using stage = await FaultStage.open(inboxOf(7), { extensions })
    await stage.sync()
    stage.mail.setFlags('INBOX', [2, 5], [flagged])
    stage.fault(/UID FETCH 1:\*/, { kind: 'edit-rows', edit: without('FLAGS') })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 2 })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])(
    'that are left out of a scan, and are no proof of anything, are asked for again, %s',
    async (_name, extensions) => {
      await using stage = await FaultStage.open(inboxOf(7), { extensions })
      await stage.sync()
      stage.mail.setFlags('INBOX', [2, 5], [flagged])
      stage.fault(/UID FETCH 1:\*/, { kind: 'omit-rows', uids: [2, 5] })
      expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 2 })
      expect(await expectRecovery(stage)).toBe(0)
    },
  )

  test('that never come leave the mailbox incomplete, until they do', async () => {
    await using stage = await FaultStage.open(inboxOf(7))
    await stage.sync()
    stage.mail.setFlags('INBOX', [2, 5], [flagged])
    stage.fault(/UID FETCH/, { kind: 'answer', status: 'OK', text: 'done' })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: false, messages: 7, failed: [] })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('whose flags are never told leave the mailbox incomplete, until they are', async () => {
    await using stage = await FaultStage.open(inboxOf(7))
    stage.fault(/UID FETCH/, { kind: 'edit-rows', edit: without('FLAGS') })
    const outcome = await stage.sync()
    const reason = 'the server does not tell the flags of 7 messages (UID 1:7)'
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: 7, reason })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('without MODSEQ, size and date are placed all the same', async () => {
    await using stage = await FaultStage.open(inboxOf(7))
    stage.fault(/UID FETCH/, { kind: 'edit-rows', edit: without('MODSEQ', 'RFC822.SIZE') })
    expect((await stage.sync()).result.complete).toBe(true)
    stage.mail.setFlags('INBOX', 3, [seen, flagged])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    expect(await expectRecovery(stage)).toBe(0)
  })
})

describe('lengths that lie', () => {
  test.each([-5, 5, 100_000])('F72 RFC822.SIZE wrong by %i for every message changes nothing', async (by) => {
    await using stage = await FaultStage.open(inboxOf(10))
    stage.fault(/UID FETCH/, { kind: 'size', by })
    expect((await stage.sync()).result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each([-300, -7, -1, 1, 3, 40, 300, 50_000])(
    'F77 a literal announced wrong by %i in one message costs that message at most',
    async (by) => {
      await using stage = await FaultStage.open(inboxOf(10))
      stage.fault(bodyFetch, { kind: 'literal-length', by, uids: [4] })
      const outcome = await stage.sync({ patience: { silenceMs: 300, stallMs: 1000 } })
      expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 10, messages: 9 })
      expect(mailboxOf(outcome).failed.map(({ uid }) => uid)).toEqual([4])
      expect(stage.server.connections).toBeLessThan(20)
      expect(await expectRecovery(stage)).toBe(1)
    },
  )

  test('F77 once, and then right, loses nothing', async () => {
    await using stage = await FaultStage.open(inboxOf(10))
    stage.fault(bodyFetch, { kind: 'literal-length', by: -3, uids: [4] }, { nth: 1 })
    expect((await stage.sync()).result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })
})

test('F66 without CONDSTORE a flag of the first of 1,000 messages is seen', async () => {
  await using stage = await FaultStage.open(inboxOf(1000), { extensions: { CONDSTORE: false } })
  await stage.sync()
  stage.mail.setFlags('INBOX', 1, [flagged])
  expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
  expect(stage.wire.counts).toMatchObject({ EXAMINE: 1, 'UID FETCH': 1 })
  await expectRecovery(stage)
})

test('F65 with CONDSTORE an expunged message costs one search, and no second connection', async () => {
  await using stage = await FaultStage.open(inboxOf(100))
  await stage.sync()
  stage.mail.expunge('INBOX', [7])
  expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, removed: 1 })
  expect(stage.wire.counts).toMatchObject({ AUTHENTICATE: 1, EXAMINE: 1, 'UID FETCH': 1, 'UID SEARCH': 1 })
  await expectRecovery(stage)
})

test('F67 a mailbox without change state is looked at in every run', async () => {
  await using stage = await FaultStage.open(inboxOf(3), { extensions: { CONDSTORE: false } })
  await stage.sync()
  await stage.sync()
  expect(stage.wire.counts).toMatchObject({ EXAMINE: 1, 'UID FETCH': 1 })
  stage.mail.setFlags('INBOX', 1, [flagged])
  await expectRecovery(stage)
})

test('F71 a run without changes asks for the list of mailboxes and nothing else', async () => {
  await using stage = await FaultStage.open(inboxOf(3))
  await stage.sync()
  await stage.sync()
  expect(stage.wire.counts).toEqual({ ID: 1, AUTHENTICATE: 1, NAMESPACE: 1, LIST: 1, LOGOUT: 1 })
  await expectRecovery(stage)
})
