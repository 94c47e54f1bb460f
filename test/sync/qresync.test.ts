import { describe, expect, test } from 'vitest'
import type { FaultAction } from '../../src/demo/faults.ts'
import { mailStoreState } from '../support/mirror-state.ts'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import type { StageOptions } from './fault-stage.ts'
import { fill, flagged, inboxOf, letter, numbers, seen, smallServer } from './letters.ts'

const QRESYNC = { extensions: { QRESYNC: true } }
const resync = / EXAMINE .*QRESYNC/

/** INBOX with so many letters, and a mirror of it. */
async function mirrored(messages: number, options: StageOptions = QRESYNC): Promise<FaultStage> {
  const stage = await FaultStage.open(inboxOf(messages), options)
  await stage.sync()
  return stage
}

/** Of each kind one. */
function change({ mail }: FaultStage): void {
  mail.setFlags('INBOX', 2, [flagged])
  mail.expunge('INBOX', [4, 7])
  fill(mail, 'INBOX', 1)
}

const sent = (stage: FaultStage, pattern: RegExp): number =>
  stage.wire.commands.filter(({ line }) => pattern.test(line)).length

/** Lines of the answer to EXAMINE that begin in this way, put otherwise. */
const rewritten =
  (start: string, to: (line: string) => string | undefined) =>
  (line: string): string | undefined =>
    line.startsWith(start) ? to(line) : line

describe('QRESYNC', () => {
  test('EXAMINE alone tells flags, expunged and new messages (RFC 7162 §3.2.5)', async () => {
    await using stage = await mirrored(10)
    change(stage)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 1, removed: 2, newMessages: 1 })
    expect(outcome.events).toContainEqual(
      expect.objectContaining({ type: 'mailbox-planned', mailbox: 'INBOX', tier: 'qresync' }),
    )
    expect(stage.wire.counts).toMatchObject({ ENABLE: 1, EXAMINE: 1, 'UID FETCH': 1 })
    expect(stage.wire.counts).not.toHaveProperty('UID SEARCH')
    await expectRecovery(stage)
  })

  test('F71 never takes more commands than CONDSTORE alone', async () => {
    const changes: readonly ((stage: FaultStage) => void)[] = [
      () => undefined,
      ({ mail }) => mail.setFlags('INBOX', 2, [flagged]),
      ({ mail }) => mail.expunge('INBOX', [1]),
      ({ mail }) => fill(mail, 'Sent', 1),
      ({ mail }) => mail.createMailbox('Lists'),
    ]
    for (const extensions of [{}, { 'LIST-STATUS': false }]) {
      await using one = await FaultStage.open(smallServer(), { extensions })
      await using other = await FaultStage.open(smallServer(), { extensions: { QRESYNC: true, ...extensions } })
      for (const happen of [() => undefined, ...changes]) {
        const [without, withQresync] = [one, other].map((stage) => [stage, happen(stage)] as const)
        for (const pair of [without, withQresync]) await pair?.[0].sync()
        expect(other.wire.commands.length).toBeLessThanOrEqual(one.wire.commands.length)
        expect(other.mirror).toEqual(mailStoreState(other.mail))
      }
    }
  })

  test('is switched on before the first EXAMINE of a connection, and once (RFC 5161 §3.1)', async () => {
    await using stage = await FaultStage.open(smallServer(), QRESYNC)
    await stage.sync()
    for (const path of ['INBOX', 'Sent', 'Archive/2024']) stage.mail.setFlags(path, 1, [flagged, seen])
    await stage.sync()
    expect(sent(stage, / ENABLE QRESYNC$/)).toBe(1)
    expect(sent(stage, resync)).toBe(3)
    await expectRecovery(stage)
  })

  test('is left alone on a connection that has examined a mailbox already', async () => {
    await using stage = await FaultStage.open(smallServer(), QRESYNC)
    await stage.sync()
    stage.mail.createMailbox('Aardvarks')
    fill(stage.mail, 'Sent', 2)
    expect((await stage.sync()).result.complete).toBe(true)
    const examined = stage.wire.commands.flatMap(({ line }) => / EXAMINE "(\w+)"/.exec(line)?.[1] ?? [])
    expect(examined).toEqual(['Aardvarks', 'Sent'])
    expect(stage.wire.count('ENABLE')).toBe(0)
    await expectRecovery(stage)
  })

  test.each(['QRESYNC', 'CONDSTORE', 'ENABLE'])('is not used where the account has disabled %s', async (name) => {
    await using stage = await mirrored(10, { ...QRESYNC, account: { disable: [name] } })
    change(stage)
    await stage.sync()
    expect(stage.wire.count('ENABLE')).toBe(0)
    expect(sent(stage, resync)).toBe(0)
    await expectRecovery(stage)
  })

  test('F33 a uidValidity that has changed is a new epoch, whose rows are no changes of the former', async () => {
    await using stage = await mirrored(10)
    stage.mail.setUidValidity('INBOX', 7000)
    change(stage)
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, messages: 9 })
    await expectRecovery(stage)
  })

  test('F50 most of a mailbox that vanishes is believed when a second connection agrees', async () => {
    await using stage = await mirrored(60)
    stage.mail.expunge('INBOX', numbers(1, 50))
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, removed: 50 })
    expect(stage.wire.count('AUTHENTICATE')).toBe(2)
    await expectRecovery(stage)
  })
})

test.each([
  ['with CONDSTORE', {}],
  ['with QRESYNC', { QRESYNC: true }],
])('F71 one flag among 3,000 messages costs octets in proportion, %s', async (_name, extensions) => {
  await using stage = await mirrored(3000, { extensions })
  stage.mail.setFlags('INBOX', 1500, [flagged, seen])
  const outcome = await stage.sync()
  expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 1 })
  // Of which some 700 are for logging in and the list of mailboxes.
  expect(accountOf(outcome).receivedOctets).toBeLessThan(1500)
})

describe('F51, F103 QRESYNC that is offered and does not work is done without', () => {
  const noEnabled = rewritten('* ENABLED', () => '* ENABLED')
  test.each<readonly [string, RegExp, FaultAction]>([
    ['F103 where ENABLED names nothing', / ENABLE /, { kind: 'edit-lines', edit: noEnabled }],
    ['where ENABLED is not said', / ENABLE /, { kind: 'answer', status: 'OK', text: 'done' }],
    ['where ENABLE is BAD', / ENABLE /, { kind: 'answer', status: 'BAD', text: 'what?' }],
    ['where ENABLE is NO', / ENABLE /, { kind: 'answer', status: 'NO', text: 'not now' }],
    ['where EXAMINE with it is BAD', resync, { kind: 'answer', status: 'BAD', text: 'what?' }],
    ['where EXAMINE with it is NO', resync, { kind: 'answer', status: 'NO', text: '[SERVERBUG] oh' }],
    ['where EXAMINE with it is NOMODSEQ', resync, { kind: 'field', field: 'HIGHESTMODSEQ', value: undefined }],
    [
      'F103 where VANISHED is no set',
      resync,
      { kind: 'edit-lines', edit: rewritten('* VANISHED', () => '* VANISHED (EARLIER) (4 7)') },
    ],
    [
      'where VANISHED is empty',
      resync,
      { kind: 'edit-lines', edit: rewritten('* VANISHED', () => '* VANISHED (EARLIER) ') },
    ],
    [
      'where UIDVALIDITY comes after the rows it is about',
      resync,
      { kind: 'inject', lines: ['* VANISHED (EARLIER) 1', '* 1 FETCH (UID 1 FLAGS (\\Draft) MODSEQ (900))'] },
    ],
    [
      'where rows come without UID',
      resync,
      { kind: 'edit-rows', edit: (row) => [{ ...row, items: row.items.filter(({ name }) => name !== 'UID') }] },
    ],
  ])('%s', async (_name, command, action) => {
    await using stage = await FaultStage.open(smallServer(), QRESYNC)
    await stage.sync()
    stage.fault(command, action)
    change(stage)
    stage.mail.setFlags('Sent', 1, [flagged])
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    expect(stage.mirror).toEqual(mailStoreState(stage.mail))
    // Not tried again on this connection.
    expect(sent(stage, resync)).toBeLessThanOrEqual(1)
    expect(stage.wire.count('ENABLE')).toBe(1)
    await expectRecovery(stage)
  })

  test.each<readonly [string, FaultAction]>([
    ['where the connection is lost at it', { kind: 'close', how: 'rst', when: 'before' }],
    [
      'where its rows break the grammar',
      { kind: 'edit-rows', edit: (row) => [{ ...row, items: [...row.items, { name: 'FLAGS', text: '(((' }] }] },
    ],
  ])('%s', async (_name, action) => {
    await using stage = await mirrored(10)
    stage.fault(resync, action)
    change(stage)
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(true)
    expect(sent(stage, resync)).toBe(1)
    await expectRecovery(stage)
  })

  test('a mailbox that is refused in any form costs the others nothing', async () => {
    await using stage = await FaultStage.open(smallServer(), QRESYNC)
    await stage.sync()
    for (const path of ['INBOX', 'Sent']) stage.mail.setFlags(path, 1, [flagged, seen])
    stage.fault(/ EXAMINE "?INBOX/, { kind: 'answer', status: 'NO', text: '[NOPERM] no' })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome).complete).toBe(false)
    expect(mailboxOf(outcome, 'Sent')).toMatchObject({ complete: true, flagChanges: 1 })
    expect(sent(stage, / EXAMINE "?Sent.*QRESYNC/)).toBe(1)
    await expectRecovery(stage)
  })
})

describe('F68, I19 VANISHED', () => {
  test.each([
    ['an endless range', '1:4294967295'],
    ['an open range', '1:*'],
    ['an open range from the middle', '4:*'],
    ['more than is gone', '1:8'],
    ['less than is gone', '7'],
    ['nothing that was ever held', '900:1000'],
  ])('of %s is a hint: the UIDs that the server lists decide', async (_name, set) => {
    await using stage = await mirrored(10)
    change(stage)
    stage.fault(resync, { kind: 'edit-lines', edit: rewritten('* VANISHED', () => `* VANISHED (EARLIER) ${set}`) })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, removed: 2, messages: 9 })
    expect(stage.removed).toMatchObject({ 'INBOX/100/4': {}, 'INBOX/100/7': {} })
    await expectRecovery(stage)
  })

  test.each(['* VANISHED 1:4294967295', '* VANISHED 3', '* 2 EXPUNGE', '* VANISHED (EARLIER) 1:*'])(
    'I19 that nobody asked for, such as %j, changes nothing',
    async (line) => {
      await using stage = await mirrored(10)
      fill(stage.mail, 'INBOX', 3)
      stage.fault(/ UID FETCH /, { kind: 'inject', lines: [line, '* 10 EXISTS'] })
      expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, removed: 0, messages: 13 })
      await expectRecovery(stage)
    },
  )

  test('that is said at EXAMINE of what is expunged just then is settled by a second listing', async () => {
    await using stage = await mirrored(10)
    stage.mail.setFlags('INBOX', 1, [flagged])
    stage.fault(resync, { kind: 'inject', lines: ['* VANISHED 3'] })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, removed: 0, messages: 10 })
    await expectRecovery(stage)
  })

  test('of the mailbox that was examined before, told before CLOSED, is not of the next (RFC 7162 §3.2.11)', async () => {
    await using stage = await mirrored(10)
    change(stage)
    const lines = ['* VANISHED (EARLIER) 1:3', '* 9 FETCH (UID 9 FLAGS (\\Draft) MODSEQ (999))', '* OK [CLOSED] done']
    stage.fault(resync, { kind: 'inject', lines })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, removed: 2, flagChanges: 1 })
    expect(stage.wire.count('EXAMINE')).toBe(1)
    await expectRecovery(stage)
  })
})

test('F69 rows at EXAMINE without flags are asked again', async () => {
  await using stage = await mirrored(10)
  change(stage)
  const edit: FaultAction = {
    kind: 'edit-rows',
    edit: (row) => [{ ...row, items: row.items.filter(({ name }) => name !== 'FLAGS' && name !== 'MODSEQ') }],
  }
  stage.fault(resync, edit)
  expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1, removed: 2 })
  await expectRecovery(stage)
})

test('F63 what was fetched before a run was cut short is not fetched again', async () => {
  await using stage = await mirrored(10)
  change(stage)
  for (const subject of ['one', 'two', 'three']) stage.mail.append('INBOX', letter(subject))
  stage.fault(/BODY\.PEEK/, { kind: 'cut', how: 'rst', afterOctets: 900 })
  await stage.syncMeanwhile({ patience: { silenceMs: 300, stallMs: 1000 } })
  await expectRecovery(stage)
})
