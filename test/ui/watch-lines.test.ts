import { expect, test } from 'vitest'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { watchLineOf, watchTroubleOf } from '../../src/ui/watch-lines.ts'
import type { ReportedEvent } from '../../src/ui/watch-lines.ts'

const events: readonly WatchEvent[] = [
  { type: 'watch-started', accounts: ['work'] },
  { type: 'account-state', account: 'work', state: 'listening', mailbox: 'INBOX', by: 'NOTIFY' },
  {
    type: 'account-state',
    account: 'work',
    state: 'waiting',
    waitMs: 5000,
    error: { code: 'CONNECTION_LOST', message: 'gone' },
  },
  { type: 'change-noticed', account: 'work', mailbox: 'INBOX', by: 'STATUS' },
  { type: 'new-mail', account: 'work', mailbox: 'INBOX', id: 7, from: 'Zoe', subject: 'Tea \u001b[2J' },
  { type: 'outbox-flushed', sent: 1, queued: 2, unsent: [{ id: '3', account: 'work', state: 'failed', reason: 'no' }] },
  { type: 'machine-slept', ms: 3_600_000 },
  { type: 'config-reloaded', added: ['a'], removed: [], changed: [] },
  { type: 'reload-failed', error: { code: 'CONFIG_INVALID', message: 'line 3' } },
]

test('each event of a watch is a line, those that are only of interest to a few with -v', () => {
  const quiet = events.map((event) => watchLineOf(event, 0))
  expect(quiet).toEqual([
    'watching 1 account: work',
    undefined,
    'work: waiting, tries again in 5.0 s: gone',
    undefined,
    String.raw`work/INBOX: new: Zoe: Tea \x1b[2J`,
    'outbox: 1 sent, 2 waiting, 1 not: no',
    'the machine has slept for 1h 00m: all connections are made anew',
    'configuration read anew: added a',
    'the configuration stays as it was: line 3',
  ])
  expect([events[1], events[3]].map((event) => event && watchLineOf(event, 1))).toEqual([
    'work: listening in INBOX (NOTIFY)',
    'work/INBOX: has changed (STATUS)',
  ])
})

test('of trouble alone there are lines too, and none of anybody’s mail', () => {
  expect(events.flatMap((event) => watchTroubleOf(event) ?? [])).toEqual([
    'work: waiting, tries again in 5.0 s: gone',
    'outbox: 1 sent, 2 waiting, 1 not: no',
    'the configuration stays as it was: line 3',
  ])
})

test('of hooks the beginning and the end of an outage are told, and all of it with -v', () => {
  const delivered = { type: 'changes-delivered', hook: 'web', changes: 1, lastSeq: 9 } as const
  const failed = { type: 'delivery-failed', hook: 'web', reason: 'no answer', pausedMs: 1500 } as const
  const told: readonly ReportedEvent[] = [
    { type: 'hooks-began', hooks: ['web', 'archive'] },
    { type: 'hooks-began', hooks: [] },
    { ...delivered, failures: 0 },
    { ...failed, failures: 0 },
    { ...failed, failures: 1 },
    { ...delivered, failures: 2 },
    { type: 'change-given-up', hook: 'web', seq: 10, reason: 'status 404' },
    { type: 'hook-output', hook: 'web', text: 'hello' },
    { type: 'hooks-failed', error: { code: 'STORE_FULL', message: 'no room' } },
  ]
  expect(told.map((event) => watchLineOf(event, 0))).toEqual([
    'hooks: web, archive',
    'hooks: none any more',
    undefined,
    'hook "web": no answer; again in 2 s',
    undefined,
    'hook "web" goes on: 1 change, up to 9',
    'hook "web" gave up change 10: status 404',
    undefined,
    'hooks are not told: no room',
  ])
  expect([2, 4, 7].map((place) => told[place] && watchLineOf(told[place], 1))).toEqual([
    'hook "web": 1 change, up to 9',
    'hook "web": no answer; again in 2 s',
    'hook "web" says: hello',
  ])
})
