import { describe, expect, test } from 'vitest'
import type { FaultAction } from '../../src/demo/faults.ts'
import type { FetchRow } from '../../src/demo/fetch-row.ts'
import { mailStoreState } from '../support/mirror-state.ts'
import { expectRecovery, FaultStage, mailboxOf } from './fault-stage.ts'
import { fill, flagged, inboxOf, seen } from './letters.ts'

const telling = / (?:EXAMINE|STATUS|LIST) /
const naming = /CHANGEDSINCE| EXAMINE .*QRESYNC/

const field = (name: 'HIGHESTMODSEQ' | 'UIDNEXT', value: string | undefined): FaultAction => ({
  kind: 'field',
  field: name,
  value,
})

/** NOMODSEQ at EXAMINE, and HIGHESTMODSEQ 0 in STATUS, as RFC 7162 §3.1.2.2 and §3.1.7 have it. */
const noModseq: FaultAction = {
  kind: 'edit-lines',
  edit: (line) =>
    line.replace(/^\* OK \[HIGHESTMODSEQ .*/, '* OK [NOMODSEQ] none').replace(/HIGHESTMODSEQ \d+/, 'HIGHESTMODSEQ 0'),
}

const withModseq =
  (text: string) =>
  (row: FetchRow): readonly FetchRow[] => [
    { ...row, items: row.items.map((item) => (item.name === 'MODSEQ' ? { name: 'MODSEQ', text } : item)) },
  ]

const withoutModseq = (row: FetchRow): readonly FetchRow[] => [
  { ...row, items: row.items.filter(({ name }) => name !== 'MODSEQ') },
]

/** Whether the run asked for what changed since a modseq, and since which. */
const since = ({ wire }: FaultStage): readonly string[] =>
  wire.commands.flatMap(({ line }) => /(?:CHANGEDSINCE|QRESYNC \(\d+) (\d+)/.exec(line)?.[1] ?? [])

describe.each([
  ['with CONDSTORE', {}],
  ['with QRESYNC', { QRESYNC: true }],
] as const)('%s', (_name, extensions) => {
  const mirrored = async (messages: number): Promise<FaultStage> => {
    const stage = await FaultStage.open(inboxOf(messages), { extensions })
    await stage.sync()
    return stage
  }

  test('F60 a mailbox that has no modseqs any more is scanned, and again until it has some twice', async () => {
    await using stage = await mirrored(8)
    stage.fault(telling, noModseq)
    for (const uid of [1, 2]) {
      stage.mail.setFlags('INBOX', uid, [flagged, seen])
      expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
      expect(since(stage)).toEqual([])
    }
    stage.server.faults.clear()
    stage.mail.setFlags('INBOX', 3, [flagged])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    expect(since(stage)).toEqual([])
    stage.mail.setFlags('INBOX', 4, [flagged])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    expect(since(stage)).toEqual(['12'])
  })

  test.each([
    ['STATUS and EXAMINE', telling],
    ['EXAMINE alone', / EXAMINE /],
  ])('F61 a HIGHESTMODSEQ that goes back in %s leads to one scan of all flags', async (_where, command) => {
    await using stage = await mirrored(8)
    stage.mail.setFlags('INBOX', 4, [flagged])
    stage.fault(command, field('HIGHESTMODSEQ', '3'))
    stage.fault(naming, { kind: 'omit-rows', uids: [4] })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    // Only where STATUS hides it can QRESYNC have been asked for already.
    expect(since(stage)).toEqual(command === telling || !('QRESYNC' in extensions) ? [] : ['9'])
    stage.server.faults.clear()
    stage.mail.setFlags('INBOX', 5, [flagged])
    await stage.sync()
    expect(since(stage)).toEqual(['3'])
    expect(stage.mirror).toEqual(mailStoreState(stage.mail))
  })

  test.each([2n ** 31n, 2n ** 53n + 1n, 2n ** 62n + 3n, 2n ** 63n - 2n])(
    'F62 a modseq of %d is asked for to the last digit, and one more is a change',
    async (modseq) => {
      await using stage = await FaultStage.open(inboxOf(8), { extensions })
      stage.fault(telling, field('HIGHESTMODSEQ', String(modseq)))
      await stage.sync()
      await stage.sync()
      expect(stage.wire.count('EXAMINE')).toBe(0)
      stage.server.faults.clear()
      stage.fault(telling, field('HIGHESTMODSEQ', String(modseq + 1n)))
      stage.fault(naming, { kind: 'edit-rows', edit: withModseq(`(${modseq + 1n})`) })
      stage.mail.setFlags('INBOX', 3, [flagged, seen])
      expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
      expect(since(stage)).toEqual([String(modseq)])
      expect(stage.mirror).toEqual(mailStoreState(stage.mail))
    },
  )

  test('F62 a modseq of 2^63 is none: the mailbox is scanned', async () => {
    await using stage = await FaultStage.open(inboxOf(8), { extensions })
    stage.fault(telling, field('HIGHESTMODSEQ', String(2n ** 63n)))
    await stage.sync()
    stage.mail.setFlags('INBOX', 3, [flagged, seen])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    expect(since(stage)).toEqual([])
  })

  test.each(['(-1)', '(0)', '()', 'NIL', '(18446744073709551616)'])(
    'F106 a MODSEQ of %s in a row is dropped, and the flags beside it are not',
    async (text) => {
      await using stage = await mirrored(8)
      stage.mail.setFlags('INBOX', 2, [flagged])
      stage.fault(/ UID FETCH | EXAMINE /, { kind: 'edit-rows', edit: withModseq(text) })
      expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
      await expectRecovery(stage)
    },
  )

  test('F69 rows that never tell MODSEQ are no reason to compare everything', async () => {
    await using stage = await mirrored(8)
    stage.mail.setFlags('INBOX', 2, [flagged])
    stage.fault(naming, { kind: 'edit-rows', edit: withoutModseq })
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, flagChanges: 1 })
    expect(outcome.events.filter(({ type }) => type === 'mailbox-compared')).toEqual([])
    await expectRecovery(stage)
  })

  test.each([
    ['stays as it was', '9'],
    ['is the highest there is', '4294967295'],
  ])('F38 a UIDNEXT that %s hides no mail', async (_what, value) => {
    await using stage = await FaultStage.open(inboxOf(8), { extensions })
    stage.fault(telling, field('UIDNEXT', value))
    await stage.sync()
    fill(stage.mail, 'INBOX', 2)
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, newMessages: 2 })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F39 new mail that the server does not name among the changes is found by its count', async () => {
    await using stage = await mirrored(8)
    const [first = 0] = fill(stage.mail, 'INBOX', 3)
    stage.fault(naming, { kind: 'omit-rows', uids: [first, first + 2] })
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, newMessages: 3 })
    expect(stage.wire.counts).toMatchObject({ AUTHENTICATE: 1, EXAMINE: 1, 'UID SEARCH': 1 })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test.each([
    ['a message expunged', 1, 0],
    ['a message appended', 0, 1],
    ['as many expunged as appended', 2, 2],
  ])('F65 %s is found although HIGHESTMODSEQ stays', async (_what, expunged, appended) => {
    await using stage = await FaultStage.open(inboxOf(8), { extensions })
    stage.fault(telling, field('HIGHESTMODSEQ', '9'))
    await stage.sync()
    stage.mail.expunge('INBOX', [2, 5].slice(0, expunged))
    fill(stage.mail, 'INBOX', appended)
    const outcome = await stage.sync()
    expect(mailboxOf(outcome)).toMatchObject({ complete: true, newMessages: appended, removed: expunged })
    expect(await expectRecovery(stage)).toBe(0)
  })

  test('F67 a mailbox whose STATUS does not tell HIGHESTMODSEQ is examined in every run', async () => {
    await using stage = await mirrored(8)
    stage.fault(/ LIST /, field('HIGHESTMODSEQ', undefined))
    await stage.sync()
    expect(stage.wire.count('EXAMINE')).toBe(1)
    stage.mail.setFlags('INBOX', 2, [flagged])
    expect(mailboxOf(await stage.sync())).toMatchObject({ complete: true, flagChanges: 1 })
    await expectRecovery(stage)
  })
})
