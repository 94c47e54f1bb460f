import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MailboxStatus } from '../../src/model/mailbox.ts'
import { expectedMessages, planMailbox } from '../../src/sync/plan-mailbox.ts'
import type { PlanFacts, Tier } from '../../src/sync/plan-mailbox.ts'
import type { Cursor, EpochId, MirroredEpoch } from '../../src/sync/ports.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a number that stands for a row of no store
const id = 1 as EpochId
const cursor: Cursor = { uidNext: 8, highestModseq: 40n, messages: 5 }
const compared = { days: 3, passes: 40, inVain: 0 }
const synced: MirroredEpoch = { id, uidValidity: 100n, cursor, compared, messages: 5, failures: 0 }
const same: MailboxStatus = { uidValidity: 100n, uidNext: 8, messages: 5, highestModseq: 40n }
const condstore = new Set(['IMAP4REV1', 'CONDSTORE'])
const qresync = new Set(['IMAP4REV1', 'ENABLE', 'CONDSTORE', 'QRESYNC'])
const plain = new Set(['IMAP4REV1'])

interface Row {
  readonly what: string
  readonly tier: Tier
  readonly epoch?: Partial<MirroredEpoch> | 'none'
  readonly cursor?: Partial<Cursor>
  readonly server?: Partial<MailboxStatus>
  readonly capabilities?: ReadonlySet<string>
  readonly full?: boolean
}

const rows: readonly Row[] = [
  { what: 'where all is as before', tier: 'unchanged' },
  { what: 'where nothing is mirrored yet', tier: 'first', epoch: 'none' },
  { what: 'where no pass was completed', tier: 'first', epoch: { cursor: undefined } },
  { what: 'F33 where UIDVALIDITY is higher', tier: 'new-epoch', server: { uidValidity: 101n } },
  { what: 'F34 where UIDVALIDITY is lower', tier: 'new-epoch', server: { uidValidity: 5n } },
  {
    what: 'F33 where UIDVALIDITY differs and no pass was completed',
    tier: 'new-epoch',
    epoch: { cursor: undefined },
    server: { uidValidity: 5n },
  },
  {
    what: 'F33 where UIDVALIDITY differs, whatever is asked for',
    tier: 'new-epoch',
    server: { uidValidity: 5n },
    full: true,
  },
  { what: 'F36 where UIDVALIDITY is not told', tier: 'condstore', server: { uidValidity: undefined } },
  {
    what: 'F36 where UIDVALIDITY was never told, although all is as before',
    tier: 'condstore',
    epoch: { uidValidity: 0n },
    server: { uidValidity: undefined },
  },
  { what: 'where a full comparison is asked for', tier: 'listing', full: true },
  {
    what: 'where no pass was completed and a full comparison is asked for',
    tier: 'first',
    epoch: { cursor: undefined },
    full: true,
  },
  {
    what: 'F41 where all was compared 99 passes ago',
    tier: 'unchanged',
    epoch: { compared: { ...compared, passes: 99 } },
  },
  {
    what: 'F41 where all was compared 100 passes ago',
    tier: 'listing',
    epoch: { compared: { ...compared, passes: 100 } },
  },
  { what: 'F41 where all was compared 29 days ago', tier: 'unchanged', epoch: { compared: { ...compared, days: 29 } } },
  { what: 'F41 where all was compared 30 days ago', tier: 'listing', epoch: { compared: { ...compared, days: 30 } } },
  { what: 'F41 where it is not known when all was compared', tier: 'listing', epoch: { compared: undefined } },
  { what: 'where QRESYNC is offered', tier: 'qresync', capabilities: qresync, server: { uidNext: 9 } },
  {
    what: 'where QRESYNC is offered, and nothing to switch it on',
    tier: 'condstore',
    capabilities: new Set(['CONDSTORE', 'QRESYNC']),
    server: { uidNext: 9 },
  },
  {
    what: 'F60 where QRESYNC is offered and no modseq was told',
    tier: 'listing',
    capabilities: qresync,
    server: { highestModseq: undefined },
  },
  {
    what: 'F61 where QRESYNC is offered and HIGHESTMODSEQ went back',
    tier: 'listing',
    capabilities: qresync,
    server: { highestModseq: 2n },
  },
  { what: 'F65 where only flags changed', tier: 'condstore', server: { highestModseq: 41n } },
  { what: 'F65 where a message was expunged and the modseq stayed', tier: 'condstore', server: { messages: 4 } },
  {
    what: 'F65 where one was expunged and one appended',
    tier: 'condstore',
    server: { uidNext: 9, highestModseq: 42n },
  },
  { what: 'F65 where UIDNEXT alone moved', tier: 'condstore', server: { uidNext: 9 } },
  { what: 'F38 where UIDNEXT is lower', tier: 'condstore', server: { uidNext: 3 } },
  { what: 'F38 where UIDNEXT is not told', tier: 'condstore', server: { uidNext: undefined } },
  { what: 'F60 where the server has no modseqs now', tier: 'listing', server: { highestModseq: undefined } },
  { what: 'F60 where the server had no modseqs then', tier: 'listing', cursor: { highestModseq: undefined } },
  {
    what: 'F60, F67 where the server never had modseqs, although all is as before',
    tier: 'listing',
    cursor: { highestModseq: undefined },
    server: { highestModseq: undefined },
  },
  { what: 'F61 where HIGHESTMODSEQ went back', tier: 'listing', server: { highestModseq: 2n } },
  { what: 'F67 where the server has no CONDSTORE', tier: 'listing', capabilities: plain, server: { uidNext: 9 } },
  {
    what: 'F67 where nothing was told, then or now',
    tier: 'listing',
    capabilities: plain,
    cursor: { uidNext: undefined, highestModseq: undefined },
    server: { uidNext: undefined, highestModseq: undefined, messages: undefined },
  },
  { what: 'F67 where MESSAGES is not told', tier: 'condstore', server: { messages: undefined } },
  { what: 'F54 where a message failed before', tier: 'condstore', epoch: { failures: 1 } },
  { what: 'where the mirror holds fewer than it should', tier: 'condstore', epoch: { messages: 4 } },
  { what: 'where the mirror holds more than it should', tier: 'condstore', epoch: { messages: 6 } },
  {
    what: 'F62 where the modseq is beyond 2^53',
    tier: 'unchanged',
    cursor: { highestModseq: 2n ** 63n - 1n },
    server: { highestModseq: 2n ** 63n - 1n },
  },
  {
    what: 'F62 where a modseq beyond 2^53 grew by one',
    tier: 'condstore',
    cursor: { highestModseq: 2n ** 53n },
    server: { highestModseq: 2n ** 53n + 1n },
  },
]

function toFacts({ epoch = {}, cursor: other, server, capabilities = condstore, full = false }: Row): PlanFacts {
  const held = epoch === 'none' ? undefined : { ...synced, cursor: { ...cursor, ...other }, ...epoch }
  return { epoch: held, server: { ...same, ...server }, capabilities, full }
}

describe('a mailbox', () => {
  test.each(rows)('$what is $tier', (row) => {
    const plan = planMailbox(toFacts(row))
    expect(plan.tier).toBe(row.tier)
    expect(plan.why).not.toBe('')
  })

  test('F65, F67 is unchanged only where UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ and MESSAGES are told and as before', () => {
    const number = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined })
    const modseq = fc.option(fc.bigInt({ min: 1n, max: 3n }), { nil: undefined })
    fc.assert(
      fc.property(
        number,
        modseq,
        number,
        number,
        modseq,
        modseq,
        (...[uidNext, highestModseq, messages, next, now, validity]) => {
          const before = { uidNext, highestModseq, messages: messages ?? 0 }
          const epoch = { ...synced, uidValidity: 2n, cursor: before, messages: messages ?? 0 }
          const server = { uidValidity: validity, uidNext: next, highestModseq: now, messages }
          const { tier } = planMailbox({ epoch, server, capabilities: condstore, full: false })
          const isSame =
            validity === 2n &&
            next !== undefined &&
            next === uidNext &&
            now !== undefined &&
            now === highestModseq &&
            messages !== undefined
          expect(tier === 'unchanged').toBe(isSame)
        },
      ),
    )
  })
})

test.each([
  ['nothing where it is unchanged', 'unchanged', synced, same, 0],
  ['all of a mailbox that is new', 'first', undefined, same, 5],
  ['all of a new epoch', 'new-epoch', synced, same, 5],
  ['what arrived', 'condstore', synced, { ...same, uidNext: 11, messages: 8 }, 3],
  ['what arrived while as many were expunged', 'condstore', synced, { ...same, uidNext: 11 }, 3],
  ['no more than there are', 'listing', synced, { ...same, uidNext: 900 }, 5],
  ['what an interrupted first pass left', 'first', { ...synced, cursor: undefined, messages: 2 }, same, 3],
  ['nothing that is not told', 'listing', synced, { ...same, messages: undefined, uidNext: undefined }, 0],
] as const)('the estimate counts %s', (...[, tier, epoch, server, expected]) => {
  expect(expectedMessages({ tier, why: '' }, epoch, server)).toBe(expected)
})
