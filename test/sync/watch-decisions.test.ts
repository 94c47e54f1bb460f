import { expect, test } from 'vitest'
import type { ListedMailbox, SpecialUse } from '../../src/model/mailbox.ts'
import { IdleSlots } from '../../src/sync/idle-slots.ts'
import { MailboxClaims } from '../../src/sync/mailbox-claims.ts'
import { Recurrence } from '../../src/sync/recurrence.ts'
import { PollSchedule } from '../../src/sync/poll-schedule.ts'
import { SeenStatuses } from '../../src/sync/seen-statuses.ts'
import type { AccountResult } from '../../src/sync/events.ts'
import { afterFullPass, chooseHomes, looksChanged, sleptFor } from '../../src/sync/watch-decisions.ts'

const minuteMs = 60_000

function box(wirePath: string, specialUse?: SpecialUse): ListedMailbox {
  const rest = { delimiter: '/', selectable: true, subscribed: true, status: undefined }
  return { path: wirePath, wirePath, specialUse, ...rest }
}

test('a connection of its own goes to INBOX, then to what changes most, then to roles', () => {
  const known = [box('Lists'), box('Sent', 'sent'), box('INBOX', 'inbox'), box('Quiet'), box('All', 'all')]
  const homes = (count: number, changes = new Map<string, number>()): readonly string[] =>
    chooseHomes(known, changes, count).map(({ path }) => path)
  expect(homes(3)).toEqual(['INBOX', 'Sent', 'All'])
  expect(homes(3, new Map([['Lists', 2]]))).toEqual(['INBOX', 'Lists', 'Sent'])
  expect(homes(9)).toEqual(['INBOX', 'Sent', 'All'])
  expect(chooseHomes([box('Only')], new Map(), 2).map(({ path }) => path)).toEqual(['Only'])
})

const result = (outcome: AccountResult['outcome'], error?: AccountResult['error']): AccountResult => ({
  name: 'ada',
  outcome,
  ...(error === undefined ? {} : { error }),
  mailboxes: [],
  roundTrips: 0,
  receivedOctets: 0,
})

test.each([
  ['complete', result('complete'), { waitMs: 900_000, isParked: false, failures: 0 }],
  ['incomplete', result('incomplete'), { waitMs: 900_000, isParked: false, failures: 0 }],
  ['dropped', result('interrupted'), { waitMs: 0, isParked: false, failures: 3 }],
  [
    'lost',
    result('failed', { code: 'CONNECTION_LOST', message: '' }),
    { waitMs: 21_000, isParked: false, failures: 4 },
  ],
  [
    'refused',
    result('failed', { code: 'LOGIN_REJECTED', message: '' }),
    { waitMs: 3_600_000, isParked: true, failures: 4 },
  ],
  [
    'out of budget',
    result('budget-spent', { code: 'BUDGET_SPENT', message: '', resumesAt: '1970-01-01T00:30:00.000Z' }),
    { waitMs: 1_800_000, isParked: false, failures: 0 },
  ],
] as const)('F32 F24 what comes after a full pass that was %s', (_name, pass, next) => {
  expect(afterFullPass({ result: pass, failures: 3, everyMs: 900_000, random: 0.5, nowMs: 0 })).toEqual(next)
})

test('F32 back-off ends at five minutes', () => {
  const pass = result('failed', { code: 'SERVER_UNREACHABLE', message: '' })
  const facts = { result: pass, failures: 50, everyMs: 900_000, random: 0.999_999, nowMs: 0 }
  expect(afterFullPass(facts).waitMs).toBeLessThanOrEqual(301_000)
})

const slept = (wallMs: number, monotonicMs: number): number => sleptFor({ wallMs, monotonicMs, meantMs: 10_000 })

test('F04 F05 only a clock that is ahead by more than a minute means sleep', () => {
  expect([slept(10_000, 10_000), slept(69_000, 10_000), slept(-10_800_000, 10_000)]).toEqual([0, 0, 0])
  // Asleep, or stopped by a signal.
  expect([slept(3_610_000, 10_000), slept(100_000, 100_000)]).toEqual([3_600_000, 90_000])
})

test('STATUS that differs from the mirror is a change, and what is not told is none', () => {
  const cursor = { uidNext: 5, highestModseq: 9n, messages: 4 }
  const rest = { compared: undefined, messages: 4, failures: 0 }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its number is not looked at
  const epoch = { id: 1 as never, uidValidity: 7n, cursor, ...rest }
  const same = { uidValidity: 7n, uidNext: 5, messages: 4, highestModseq: 9n }
  const untold = { uidValidity: undefined, uidNext: undefined, messages: undefined, highestModseq: undefined }
  expect([looksChanged(epoch, same), looksChanged(epoch, untold), looksChanged(undefined, same)]).toEqual([
    false,
    false,
    false,
  ])
  const changes = [{ uidNext: 6 }, { messages: 3 }, { highestModseq: 10n }, { uidValidity: 8n }]
  expect(changes.map((change) => looksChanged(epoch, { ...same, ...change }))).toEqual([true, true, true, true])
})

test('what is quiet is asked for ever less, up to the most, and what changes often again', () => {
  const polls = new PollSchedule({ shortestMs: minuteMs, longestMs: 10 * minuteMs, perMinute: 30 })
  polls.follow(['Archive'], 0)
  const waits: number[] = []
  let nowMs = 0
  for (const hasChanged of [false, false, false, false, false, false, true, false]) {
    expect(polls.due(nowMs)).toEqual(['Archive'])
    polls.asked('Archive', hasChanged, nowMs)
    waits.push(polls.waitMs(nowMs) / minuteMs)
    nowMs += polls.waitMs(nowMs)
  }
  expect(waits).toEqual([1, 2, 4, 8, 10, 10, 1, 2])
})

test('no more is asked for at once than a minute allows, and what is gone not at all', () => {
  const polls = new PollSchedule({ shortestMs: minuteMs, longestMs: minuteMs, perMinute: 3 })
  polls.follow(['a', 'b', 'c', 'd'], 0)
  expect(polls.due(0)).toEqual(['a', 'b', 'c'])
  polls.follow(['d'], 0)
  expect(polls.due(0)).toEqual(['d'])
})

test('F16 a part of all connections is never kept to wait', () => {
  const slots = new IdleSlots({ connections: 8, connectionsPerHost: 4 })
  const taken = ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'c'].map((host) => slots.take(host))
  expect(taken.map((slot) => slot !== undefined)).toEqual([true, true, true, false, true, true, true, false])
  taken[0]?.()
  taken[0]?.()
  expect([slots.take('a'), slots.take('a')].map((slot) => slot !== undefined)).toEqual([true, false])
  expect(new IdleSlots({ connections: 1, connectionsPerHost: 8 }).take('a')).toBeUndefined()
})

test('a mailbox is one pass’s at a time', async () => {
  const claims = new MailboxClaims()
  const [one, other] = [{}, {}]
  expect([claims.claim('INBOX', one), claims.claim('INBOX', one), claims.claim('INBOX', other)]).toEqual([
    true,
    true,
    false,
  ])
  claims.release('INBOX', other)
  expect(claims.isFree('INBOX')).toBe(false)
  const freed = Recurrence.first(claims.releases)
  claims.release('INBOX', one)
  await freed
  expect(claims.claim('INBOX', other)).toBe(true)
})

test('a status that is told with less than before is no news, and what it adds is kept', () => {
  const seen = new SeenStatuses()
  const status = { uidValidity: 7n, uidNext: 5, messages: 4, highestModseq: 9n }
  const part = { ...status, uidValidity: undefined }
  expect(seen.isNews({ wirePath: 'Archive', status })).toBe(true)
  seen.note({ wirePath: 'Archive', status })
  expect(seen.isNews({ wirePath: 'Archive', status: part })).toBe(false)
  seen.note({ wirePath: 'Archive', status: { ...part, messages: 5 } })
  expect(seen.isNews({ wirePath: 'Archive', status })).toBe(true)
  expect(seen.isNews({ wirePath: 'Archive', status: { ...status, messages: 5 } })).toBe(false)
})
