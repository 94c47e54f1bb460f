import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { FaultAction } from '../../src/demo/faults.ts'
import { parseUidSet, hasUid } from '../../src/model/uid-set.ts'
import { expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, inboxOf, numbers, smallServer } from './letters.ts'

const messages = 200

/** Matches a FETCH of octets whose set holds one of the UIDs. */
function fetchOf(...uids: readonly number[]): RegExp {
  return new (class extends RegExp {
    override [Symbol.search](line: string): number {
      const set = parseUidSet(/UID FETCH (\S+) .*BODY\.PEEK/.exec(line)?.[1] ?? '')
      return set !== undefined && uids.some((uid) => hasUid(set, uid)) ? 0 : -1
    }
  })('')
}

const poisons: readonly (readonly [name: string, FaultAction])[] = [
  ['NO', { kind: 'answer', status: 'NO', text: 'Some messages could not be fetched' }],
  ['NO [UNAVAILABLE]', { kind: 'answer', status: 'NO', text: '[UNAVAILABLE] UID FETCH Server error' }],
  ['BAD', { kind: 'answer', status: 'BAD', text: 'Internal error' }],
  ['a closed connection', { kind: 'close', how: 'fin', when: 'before' }],
  ['a reset connection', { kind: 'close', how: 'rst', when: 'before' }],
]

describe.each(poisons)('a server that answers %s to every set with certain messages', (_name, action) => {
  test.each([
    ['one', [73]],
    ['the first and the last', [1, messages]],
    ['three neighbours', [100, 101, 102]],
    ['four far apart', [20, 70, 120, 170]],
  ])('F75 hands over all but %s, in a bounded number of commands', async (_which, uids) => {
    await using stage = await FaultStage.open(inboxOf(messages))
    stage.fault(fetchOf(...uids), action)
    const outcome = await stage.sync()
    const result = mailboxOf(outcome)
    expect(result.failed.map(({ uid }) => uid)).toEqual(uids)
    expect(result).toMatchObject({
      serverMessages: messages,
      messages: messages - uids.length,
      refused: 0,
      complete: false,
    })
    expect(outcome.events.filter(({ type }) => type === 'message-failed')).toHaveLength(uids.length)
    expect(stage.wire.count('UID FETCH')).toBeLessThan(30 * uids.length)
    expect(await expectRecovery(stage)).toBe(uids.length)
  })
})

test('F75 a message under which the server falls silent is recorded, and all others arrive', async () => {
  await using stage = await FaultStage.open(inboxOf(messages))
  stage.fault(fetchOf(73), { kind: 'stall' })
  const outcome = await stage.sync({ patience: { silenceMs: 300, stallMs: 1000 } })
  expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: messages - 1 })
  expect(mailboxOf(outcome).failed.map(({ uid }) => uid)).toEqual([73])
  expect(stage.wire.count('UID FETCH')).toBeLessThan(30)
  expect(await expectRecovery(stage)).toBe(1)
})

test('F54 three UIDs that are refused over two runs are said each time, and fetched once they can be', async () => {
  await using stage = await FaultStage.open(inboxOf(messages))
  const uids = [10, 11, 150]
  stage.fault(fetchOf(...uids), { kind: 'answer', status: 'NO', text: 'internal error' })
  for (let run = 1; run <= 2; run++) {
    const outcome = await stage.sync()
    const minutes = run * 5
    expect(failureRecords(stage.storePath)).toEqual(uids.map((uid) => ({ uid, attempts: run, minutes })))
    expect(outcome.result.complete).toBe(false)
    const { complete, reason, failed } = mailboxOf(outcome)
    expect({ complete, reason }).toEqual({
      complete: false,
      reason: '3 messages could not be fetched; the next run tries them again',
    })
    expect(failed.map(({ uid }) => uid)).toEqual(uids)
    for (const failure of failed) expect(failure.reason).toContain('internal error')
  }
  // The second run asks for these alone.
  expect(stage.wire.bodies).toBeLessThan(12)
  expect(await expectRecovery(stage)).toBe(3)
})

/** How often each was tried, and how long it would be left alone by a program that keeps running. */
function failureRecords(path: string): readonly unknown[] {
  const store = new Sqlite(path, { readonly: true })
  try {
    return store.prepare('SELECT uid, attempts, (next_try - last_at) / 60000 AS minutes FROM failure').all()
  } finally {
    store.close()
  }
}

test('F54 a failed message that is expunged is no failure any more', async () => {
  await using stage = await FaultStage.open(inboxOf(messages))
  stage.fault(fetchOf(42), { kind: 'answer', status: 'NO', text: 'internal error' })
  await stage.sync()
  stage.mail.expunge('INBOX', [42])
  const outcome = await stage.sync()
  expect(mailboxOf(outcome)).toMatchObject({ complete: true, failed: [], messages: messages - 1 })
  await expectRecovery(stage)
})

test.each<readonly [string, FaultAction, RegExp]>([
  ['while its halves are fetched', { kind: 'answer', status: 'NO', text: 'internal error' }, /BODY\.PEEK/],
  ['while its leftovers are looked for', { kind: 'omit-rows', uids: [5, 6] }, / UID SEARCH UID/],
])('F75 a connection that is lost %s costs a connection, and no second listing', async (_name, action, lost) => {
  await using stage = await FaultStage.open(inboxOf(messages))
  stage.fault(/BODY\.PEEK/, action, { nth: 1 })
  stage.fault(lost, { kind: 'close', how: 'fin', when: 'before' }, { nth: lost.source.includes('SEARCH') ? 1 : 2 })
  const outcome = await stage.sync()
  expect(mailboxOf(outcome)).toMatchObject({ complete: true, messages })
  expect(outcome.events.filter(({ type }) => type === 'mailbox-listed')).toHaveLength(1)
  expect(await expectRecovery(stage)).toBe(0)
})

test('F75 a server that refuses every message gives up the mailbox, after a bounded number of commands', async () => {
  await using stage = await FaultStage.open(smallServerWith(1000))
  stage.fault(/BODY\.PEEK/, { kind: 'answer', status: 'NO', text: 'internal error' }, {})
  const outcome = await stage.sync()
  expect(mailboxOf(outcome)).toMatchObject({ complete: false, messages: 0 })
  expect(stage.wire.count('UID FETCH')).toBeLessThan(300)
  await expectRecovery(stage)
})

test('F75 a hundred neighbours that are refused are all recorded, and keep nothing else waiting', async () => {
  await using stage = await FaultStage.open(inboxOf(1200))
  stage.fault(fetchOf(...numbers(900, 999)), { kind: 'answer', status: 'NO', text: 'internal error' })
  const inbox = mailboxOf(await stage.sync())
  expect(inbox).toMatchObject({ complete: false, messages: 1100, serverMessages: 1200 })
  expect(inbox.failed.map(({ uid }) => uid)).toEqual(numbers(900, 999))
  // The next run asks for new mail before it asks for those again.
  const [newUid] = fill(stage.mail, 'INBOX', 1)
  expect(mailboxOf(await stage.sync())).toMatchObject({ complete: false, messages: 1101, newMessages: 1 })
  expect(stage.wire.bodySets.slice(0, 2)).toEqual([String(newUid), '900:999'])
  expect(await expectRecovery(stage)).toBe(100)
})

test('F75 four hundred that are refused are more than one run looks into, and all others are there', async () => {
  await using stage = await FaultStage.open(inboxOf(1200))
  stage.fault(fetchOf(...numbers(800, 1199)), { kind: 'answer', status: 'NO', text: 'internal error' })
  const inbox = mailboxOf(await stage.sync())
  expect(inbox).toMatchObject({ complete: false, messages: 800, serverMessages: 1200 })
  expect(inbox.reason).toContain('internal error')
  expect(stage.wire.count('UID FETCH')).toBeLessThan(800)
  expect(await expectRecovery(stage)).toBe(400)
})

function smallServerWith(more: number) {
  const store = smallServer()
  fill(store, 'INBOX', more)
  return store
}

test('F75 a mailbox that costs every connection is given up, and the others are mirrored', async () => {
  await using stage = await FaultStage.open(smallServerWith(300))
  stage.fault(fetchOf(...Array.from({ length: 305 }, (_, index) => index + 6)), {
    kind: 'close',
    how: 'rst',
    when: 'before',
  })
  const outcome = await stage.sync()
  expect(mailboxOf(outcome)).toMatchObject({ complete: false, serverMessages: 305 })
  expect(mailboxOf(outcome, 'Archive/2024').complete).toBe(true)
  expect(mailboxOf(outcome, 'Sent').complete).toBe(true)
  expect(stage.server.connections).toBeLessThan(60)
  await expectRecovery(stage)
})
