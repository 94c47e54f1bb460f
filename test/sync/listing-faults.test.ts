import { describe, expect, test } from 'vitest'
import { accountOf, expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, flagged, inboxOf, numbers, seen, smallServer } from './letters.ts'

const telling = / (?:EXAMINE|STATUS|LIST) /

/** The SEARCH response with its first `count` UIDs alone. */
const cutSearch = (count: number) => (line: string) =>
  line.startsWith('* SEARCH')
    ? line
        .split(' ')
        .slice(0, count + 2)
        .join(' ')
    : line

describe('counts and numbers that a server does not tell, or gets wrong', () => {
  test.each([
    ['missing', undefined],
    ['0', '0'],
  ])(
    'F36 a UIDVALIDITY that is %s gives an epoch without trust, whose messages are compared each time',
    async (_, value) => {
      await using stage = await FaultStage.open(inboxOf(3))
      stage.fault(telling, { kind: 'field', field: 'UIDVALIDITY', value })
      const first = await stage.sync()
      expect(first.result.complete).toBe(true)
      expect(Object.keys(stage.mirror)).toEqual(['INBOX/0/1', 'INBOX/0/2', 'INBOX/0/3'])
      const before = stage.mirror
      stage.mail.setFlags('INBOX', 2, [flagged])
      const second = await stage.sync()
      expect(second.result.complete).toBe(true)
      expect(stage.wire.bodies).toBe(3)
      expect(mailboxOf(second)).toMatchObject({ newMessages: 0, flagChanges: 1, removed: 0 })
      expect(Object.keys(stage.mirror)).toEqual(Object.keys(before))
      await expectRecovery(stage)
    },
  )

  test('F36 a UIDVALIDITY that is missing once is asked for again, and nothing is downloaded again', async () => {
    await using stage = await FaultStage.open(inboxOf(3))
    await stage.sync()
    fill(stage.mail, 'INBOX', 1)
    stage.fault(/ EXAMINE /, { kind: 'field', field: 'UIDVALIDITY', value: undefined }, { nth: 1 })
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(stage.wire.bodies).toBe(1)
    await expectRecovery(stage)
  })

  test.each([
    ['missing', undefined],
    ['0', '0'],
    ['lower than it was', '2'],
    ['no number', 'tomorrow'],
  ])('F38 a UIDNEXT that is %s hides no mail', async (_name, value) => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(telling, { kind: 'field', field: 'UIDNEXT', value })
    await stage.sync()
    fill(stage.mail, 'INBOX', 2)
    fill(stage.mail, 'Drafts', 1)
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(stage.wire.bodies).toBe(3)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each([
    ['0', '0'],
    ['missing', undefined],
    ['negative', '-17'],
  ])('F60 a HIGHESTMODSEQ that is %s leads to a scan of all flags, never to CHANGEDSINCE', async (_name, value) => {
    await using stage = await FaultStage.open(inboxOf(5))
    stage.fault(telling, { kind: 'field', field: 'HIGHESTMODSEQ', value })
    await stage.sync()
    stage.mail.setFlags('INBOX', 1, [flagged, seen])
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 1 })
    expect(stage.wire.commands.filter(({ line }) => line.includes('CHANGEDSINCE'))).toEqual([])
    await expectRecovery(stage)
  })

  test('F61 a HIGHESTMODSEQ that goes back leads to one scan of all flags, and a new baseline', async () => {
    await using stage = await FaultStage.open(inboxOf(5))
    stage.fault(telling, { kind: 'field', field: 'HIGHESTMODSEQ', value: '5000' })
    await stage.sync()
    stage.server.faults.clear()
    stage.mail.setFlags('INBOX', 4, [flagged])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    stage.mail.setFlags('INBOX', 4, [])
    await stage.sync()
    expect(stage.wire.commands.filter(({ line }) => line.includes('CHANGEDSINCE'))).toHaveLength(1)
    await expectRecovery(stage)
  })

  test.each([
    ['too high', 3],
    ['too low', -2],
  ])('an EXISTS that is always %s leaves the mailbox incomplete, and says so', async (_name, by) => {
    await using stage = await FaultStage.open(inboxOf(30))
    await stage.sync()
    fill(stage.mail, 'INBOX', 1)
    stage.mail.expunge('INBOX', [7])
    stage.fault(/ EXAMINE /, { kind: 'exists', by })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome).complete).toBe(false)
    expect(mailboxOf(outcome).reason).toContain(`the server counts ${30 + by} and lists 30`)
    // New mail is taken all the same; what a listing that does not add up leaves out is kept.
    expect(Object.keys(stage.mirror)).toHaveLength(31)
    await expectRecovery(stage)
  })

  test('a STATUS with numbers of its own is corrected by EXAMINE', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    for (const [field, value] of [
      ['MESSAGES', '9'],
      ['UIDNEXT', '77'],
      ['UIDVALIDITY', '4711'],
      ['HIGHESTMODSEQ', '1'],
    ] as const) {
      stage.fault(/ (?:LIST|STATUS) /, { kind: 'field', field, value })
    }
    fill(stage.mail, 'Sent', 1)
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(stage.wire.bodies).toBe(1)
    await expectRecovery(stage)
  })
})

describe('listings that leave something out', () => {
  test('F39 a SEARCH that is cut short is completed by FETCH', async () => {
    await using stage = await FaultStage.open(inboxOf(40))
    stage.fault(/ UID SEARCH ALL/, { kind: 'edit-lines', edit: cutSearch(10) })
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F39 when FETCH is cut short as well, what is listed is taken, and the mailbox is incomplete', async () => {
    await using stage = await FaultStage.open(inboxOf(40))
    stage.fault(/ UID SEARCH ALL/, { kind: 'edit-lines', edit: cutSearch(10) })
    stage.fault(/ UID FETCH 1:\*/, { kind: 'omit-rows', uids: numbers(21, 40) })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({
      complete: false,
      messages: 20,
      reason: 'the server counts 40 and lists 20',
    })
    expect(await expectRecovery(stage)).toBe(20)
  })

  test.each([
    ['a few messages', numbers(38, 40)],
    ['most messages', numbers(4, 40)],
  ])('rule 7: a listing that leaves out %s, against EXISTS, removes nothing', async (_name, uids) => {
    await using stage = await FaultStage.open(inboxOf(40), { extensions: { CONDSTORE: false } })
    await stage.sync()
    const before = stage.mirror
    stage.fault(/ UID FETCH 1:\*/, { kind: 'omit-rows', uids })
    stage.fault(/ UID SEARCH ALL/, { kind: 'edit-lines', edit: cutSearch(40 - uids.length) })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, removed: 0, messages: 40 })
    expect(stage.mirror).toEqual(before)
    expect(stage.removed).toEqual({})
    await expectRecovery(stage)
  })

  test('F39 gaps between UIDs are normal and cost no further command', async () => {
    const store = inboxOf(60)
    store.expunge('INBOX', numbers(10, 55))
    fill(store, 'INBOX', 2)
    await using stage = await FaultStage.open(store)
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(stage.wire.counts).toMatchObject({ EXAMINE: 1, 'UID SEARCH': 1, 'UID FETCH': 1 })
    await expectRecovery(stage)
  })

  test('F40 UIDs and rows in any order make no difference', async () => {
    await using stage = await FaultStage.open(inboxOf(30), { extensions: { CONDSTORE: false } })
    stage.fault(/ UID FETCH /, { kind: 'shuffle-rows' })
    stage.fault(/ UID SEARCH /, {
      kind: 'edit-lines',
      edit: (line) =>
        line.startsWith('* SEARCH ') ? `* SEARCH ${line.slice(9).split(' ').toReversed().join(' ')} 3 3` : line,
    })
    await stage.sync()
    stage.mail.setFlags('INBOX', 1, [flagged])
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    await expectRecovery(stage)
    const sets = stage.server.commands.flatMap(({ line }) => /UID FETCH ([\d:,]+) /.exec(line)?.[1] ?? [])
    expect(sets).toEqual(['1:30'])
  })

  test('F57 a server that cannot search is listed by FETCH', async () => {
    await using stage = await FaultStage.open(smallServer())
    stage.fault(/ UID SEARCH /, { kind: 'answer', status: 'NO', text: '[SERVERBUG] UID SEARCH Server error' })
    const { result } = await stage.sync()
    expect(result.complete).toBe(true)
    expect(await expectRecovery(stage)).toBe(0)
  })
})

describe('F50 a mailbox that shrinks', () => {
  const shrunken = numbers(1, 90)
  /** EXAMINE and FETCH agree that only UIDs above 90 are there. */
  function hide(stage: FaultStage, connection: number): void {
    const when = { connection }
    stage.fault(/ EXAMINE /, { kind: 'exists', by: -90 }, when)
    stage.fault(/ UID FETCH 1:\*/, { kind: 'omit-rows', uids: shrunken }, when)
  }

  test('by 90 % in the view of one connection loses nothing', async () => {
    await using stage = await FaultStage.open(inboxOf(100), { extensions: { CONDSTORE: false } })
    await stage.sync()
    hide(stage, stage.server.connections + 1)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, removed: 0, messages: 100 })
    expect(stage.removed).toEqual({})
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('by 90 % in the view of every other connection loses nothing, and is incomplete', async () => {
    await using stage = await FaultStage.open(inboxOf(100), { extensions: { CONDSTORE: false } })
    await stage.sync()
    for (const offset of [1, 3]) hide(stage, stage.server.connections + offset)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: false, removed: 0, messages: 100 })
    expect(mailboxOf(outcome).reason).toContain('90 are held that the server does not list')
    expect(stage.removed).toEqual({})
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each([
    ['with CONDSTORE', {}],
    ['without', { CONDSTORE: false }],
  ])('by 90 % for real is believed when a second connection agrees, %s', async (_name, extensions) => {
    await using stage = await FaultStage.open(inboxOf(100), { extensions })
    await stage.sync()
    stage.mail.expunge('INBOX', shrunken)
    const before = stage.server.connections
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, removed: 90, messages: 10 })
    expect(stage.server.connections - before).toBe(2)
    expect(Object.keys(stage.removed)).toHaveLength(90)
    await expectRecovery(stage)
  })

  test('by 90 % for real is believed at once with --accept-removals', async () => {
    await using stage = await FaultStage.open(inboxOf(100))
    await stage.sync()
    stage.mail.expunge('INBOX', shrunken)
    const before = stage.server.connections
    const outcome = await stage.sync({ acceptRemovals: true })
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, removed: 90 })
    expect(stage.server.connections - before).toBe(1)
    await expectRecovery(stage)
  })
})

describe('the list of mailboxes', () => {
  test('I04 without any line is no list: the account fails, and nothing is gone', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    const before = stage.mirror
    stage.fault(/ LIST /, { kind: 'edit-lines', edit: (line) => (line.startsWith('* ') ? undefined : line) })
    const outcome = await stage.sync()
    expect(accountOf(outcome)).toMatchObject({ outcome: 'failed', error: { code: 'PROTOCOL_VIOLATION' } })
    expect(stage.mirror).toEqual(before)
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('I04 without INBOX marks nothing as gone, and what it leaves out is incomplete', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    const before = stage.mirror
    stage.fault(/ LIST /, {
      kind: 'edit-lines',
      edit: (line) => (/^\* (?:LIST|STATUS) .*(?:INBOX|Sent)/.test(line) ? undefined : line),
    })
    const outcome = await stage.sync()
    expect(outcome.result.complete).toBe(false)
    expect(stage.wire.count('STATUS')).toBe(0)
    const incomplete = accountOf(outcome).mailboxes.filter(({ complete }) => !complete)
    expect(incomplete.map(({ path, messages }) => [path, messages])).toEqual([
      ['INBOX', 5],
      ['Sent', 2],
    ])
    expect(stage.mirror).toEqual(before)
    expect(outcome.events.filter(({ type }) => type === 'mailbox-gone')).toEqual([])
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('that leaves out a mailbox which STATUS still knows marks it as incomplete, not as gone', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    stage.fault(/ LIST /, {
      kind: 'edit-lines',
      edit: (line) => (/^\* (?:LIST|STATUS) .*Sent/.test(line) ? undefined : line),
    })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome, 'Sent')).toMatchObject({ complete: false, messages: 2 })
    expect(stage.removed).toEqual({})
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('that leaves out a mailbox of which STATUS cannot tell just now does not mark it as gone', async () => {
    await using stage = await FaultStage.open(smallServer())
    await stage.sync()
    stage.fault(/ LIST /, {
      kind: 'edit-lines',
      edit: (line) => (/^\* (?:LIST|STATUS) .*Sent/.test(line) ? undefined : line),
    })
    stage.fault(/ STATUS /, { kind: 'answer', status: 'NO', text: '[UNAVAILABLE] the disk is away' })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome, 'Sent')).toMatchObject({ complete: false, messages: 2 })
    expect(stage.removed).toEqual({})
    expect(await expectRecovery(stage)).toBe(0)
  })
})
