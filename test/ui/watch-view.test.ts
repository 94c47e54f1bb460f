import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReportedError } from '../../src/sync/events.ts'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import type { KeyName } from '../../src/ui/edit-line.ts'
import { styleOf } from '../../src/ui/style.ts'
import { pressWatch, watchLines } from '../../src/ui/watch-layout.ts'
import { openWatchView, reduceWatch } from '../../src/ui/watch-view.ts'
import type { ReportedEvent } from '../../src/ui/watch-lines.ts'
import type { WatchView } from '../../src/ui/watch-view.ts'
import { expectSafe, hostileText } from './hostile-text.ts'

const style = styleOf({ hasColors: false })

function shown(
  view: WatchView,
  nowMs: number,
  [columns, rows]: readonly [number, number] = [80, 24],
): readonly string[] {
  return watchLines(view, { columns, rows, style, nowMs })
}

const pass = (account: string, newMessages: number): WatchEvent => ({
  type: 'mailbox-finished',
  account,
  mailbox: {
    path: 'INBOX',
    serverMessages: 9,
    messages: 9,
    newMessages,
    downloadedOctets: 90_000,
    flagChanges: 1,
    removed: 0,
    failed: [],
    refused: 0,
    complete: true,
    durationMs: 5,
  },
})

const mail = (id: number): WatchEvent => ({
  type: 'new-mail',
  account: 'a',
  mailbox: 'INBOX',
  id,
  from: 'Z',
  subject: `${id}`,
})

const refusal: ReportedError = {
  code: 'LOGIN_REJECTED',
  message:
    'could not log in to imap.example.org:993 as me@example.org: NO [AUTHENTICATIONFAILED] Authentication failed.',
  hint: 'look at the password',
}

const events: readonly WatchEvent[] = [
  { type: 'watch-started', accounts: ['work', 'home'] },
  { type: 'connection-opened', account: 'work', connection: 1, host: 'imap.example.org', security: 'tls' },
  { type: 'account-state', account: 'work', state: 'listening', mailbox: 'INBOX', by: 'IDLE' },
  {
    type: 'account-state',
    account: 'home',
    state: 'parked',
    waitMs: 3_600_000,
    error: { code: 'LOGIN_REJECTED', message: 'could not log in: no' },
  },
  { type: 'batch-committed', account: 'work', mailbox: 'INBOX', connection: 1, messages: 2, octets: 90_000 },
  pass('work', 2),
  { type: 'new-mail', account: 'work', mailbox: 'INBOX', id: 7, from: 'Zoe', subject: 'Tea at four' },
]

test('accounts with their states, ages and last events stand above the feed of new mail', () => {
  const view = reduceWatch(openWatchView(0), events, 10_000)
  expect(shown(view, 40_000).filter((line) => line !== '')).toEqual([
    'mailmirror watch · 2 accounts · 1 connection · 2 fetched · 2.3 kB/s · up 40s',
    'account          state                  since    last  event',
    'work             listening INBOX          30s     30s  INBOX: 2 new, 1 flag',
    'home             parked                   30s     30s  could not log in: no',
    'New mail',
    '    30s  work/INBOX  Zoe: Tea at four',
    'q quit   ? help   ↑↓ scroll',
  ])
})

test.each([
  [80, 24],
  [120, 40],
  [40, 12],
  [64, 9],
  [20, 6],
] as const)('the screen has exactly as many lines as the terminal, none wider: %i × %i', (columns, rows) => {
  const accounts = Array.from({ length: 60 }, (_, index) => `account ${index}`)
  const told: readonly WatchEvent[] = [
    { type: 'watch-started', accounts },
    pass('account 3', 1),
    { type: 'account-state', account: 'account 1', state: 'waiting', waitMs: 4000, error: refusal },
    mail(1),
  ]
  const view = reduceWatch(openWatchView(0), told, 0)
  for (const isHelp of [false, true]) {
    const lines = shown({ ...view, isHelp }, 100, [columns, rows])
    expect(lines).toHaveLength(rows)
    expect(lines.filter((line) => textWidth(line) > columns)).toEqual([])
  }
})

test('what servers and mail say is made safe', () => {
  fc.assert(
    fc.property(hostileText, hostileText, (name, subject) => {
      const view = reduceWatch(
        openWatchView(0),
        [
          { type: 'watch-started', accounts: [name] },
          { type: 'account-state', account: name, state: 'listening', mailbox: subject, by: 'IDLE' },
          { type: 'change-noticed', account: name, mailbox: subject, by: 'IDLE' },
          { type: 'new-mail', account: name, mailbox: name, id: 1, from: subject, subject },
          { type: 'reload-failed', error: { code: 'CONFIG_INVALID', message: subject } },
        ],
        0,
      )
      for (const line of shown(view, 1000)) expectSafe(line)
    }),
  )
})

test('keys scroll, show help and leave', () => {
  const accounts = Array.from({ length: 30 }, (_, index) => `account ${index}`)
  const view = reduceWatch(openWatchView(0), [{ type: 'watch-started', accounts }], 0)
  const layout = { columns: 80, rows: 24, style, nowMs: 0 }
  const press = (from: WatchView, name: KeyName | undefined, input = '') => pressWatch(from, { input, name }, layout)
  const down = press(view, 'down').view
  expect(shown(down, 0)[3]).toMatch(/^account 1 /)
  const end = press(view, 'end').view
  expect(shown(end, 0).some((line) => line.startsWith('account 29 '))).toBe(true)
  // One key up is one line up, however often the end was asked for.
  const top = (one: WatchView): string | undefined => shown(one, 0)[3]?.split(/ {2}/)[0]
  expect([end, press(press(end, 'end').view, 'up').view].map(top)).toEqual(['account 14', 'account 13'])
  const help = press(view, undefined, '?').view
  expect(shown(help, 0)[2]).toMatch(/^listening /)
  expect(press(help, 'escape').view.isHelp).toBe(false)
  expect(press(view, undefined, 'q').isOver).toBe(true)
})

test('the feed and the throughput keep no more than they show', () => {
  const octets: WatchEvent = {
    type: 'batch-committed',
    account: 'a',
    mailbox: 'INBOX',
    connection: 1,
    messages: 1,
    octets: 1,
  }
  let view = openWatchView(0)
  for (let second = 0; second < 1000; second++) view = reduceWatch(view, [mail(second), octets], second * 1000)
  expect([view.feed.length, view.octets.size]).toEqual([200, 60])
})

test('a reload adds and removes accounts', () => {
  const told: WatchEvent = { type: 'config-reloaded', added: ['new'], removed: ['home'], changed: [] }
  const view = reduceWatch(openWatchView(0), [...events, told], 0)
  expect([...view.accounts.keys()]).toEqual(['work', 'new'])
})

const noted = (...more: readonly ReportedEvent[]): string | undefined =>
  shown(reduceWatch(openWatchView(0), [...events, ...more], 10_000), 40_000).at(-1)

test('what is noted below gets an age, and goes when nobody can want to know it any more', () => {
  const view = reduceWatch(openWatchView(0), [...events, { type: 'machine-slept', ms: 90_000 }], 10_000)
  const below = (nowMs: number): string | undefined => shown(view, nowMs).at(-1)
  expect([below(20_000), below(190_000), below(700_000)]).toEqual([
    'q quit   ? help   slept for 1m 30s, connected anew',
    'q quit   ? help   3m 00s ago: slept for 1m 30s, connected anew',
    'q quit   ? help   ↑↓ scroll',
  ])
})

test('hooks that are not told are noted below, and so is that they go on', () => {
  const failed = {
    type: 'delivery-failed',
    hook: 'web',
    failures: 0,
    reason: 'no\u001b[2J answer',
    pausedMs: 1000,
  } as const
  expect(noted(failed)).toBe('q quit   ? help   hook "web": no\\x1b[2J answer; again in 1 s')
  const delivered = { type: 'changes-delivered', hook: 'web', failures: 2, changes: 3, lastSeq: 9 } as const
  expect(noted(failed, delivered)).toBe('q quit   ? help   hook "web" goes on: 3 changes, up to 9')
})

test('what is wrong is told in full below its account, with the time that is left', () => {
  const told: readonly WatchEvent[] = [
    { type: 'account-state', account: 'held by others', state: 'parked', error: refusal },
    { type: 'watch-started', accounts: ['work', 'home'] },
    { type: 'account-state', account: 'work', state: 'waiting', waitMs: 90_000, error: { ...refusal, message: 'no' } },
    {
      type: 'account-state',
      account: 'home',
      state: 'waiting',
      waitMs: 90_000,
      error: { code: 'SERVER_UNREACHABLE', message: 'no' },
    },
    { type: 'account-state', account: 'home', state: 'syncing' },
  ]
  const view = reduceWatch(openWatchView(0), told, 0)
  expect(shown(view, 20_000).slice(2, 10)).toEqual([
    'account          state                  since    last  event',
    'held by others   parked                   20s     20s  see below',
    '  could not log in to imap.example.org:993 as me@example.org: NO',
    '  [AUTHENTICATIONFAILED] Authentication failed; look at the password',
    'work             waiting, 1m 10s left     20s     20s  no; look at the password',
    'home             trying again             20s     20s  no',
    '',
    'New mail',
  ])
  expect(shown(view, 20_000, [40, 12]).slice(0, 6)).toEqual([
    '3 accounts · 0 fetched · 0 B/s · up 20s',
    '',
    'account     state                  since',
    'held …thers parked                   20s',
    '  could not log in to',
    '  imap.example.org:993 as me@example.or…',
  ])
})

const counted = (one: WatchView, rows: number): string | undefined =>
  shown(one, 0, [80, rows]).find((line) => line.includes(' more '))

test('accounts out of sight are counted, those in trouble by themselves, and the feed takes no more than it needs', () => {
  const accounts = Array.from({ length: 30 }, (_, index) => `account ${index}`)
  const error: ReportedError = { code: 'SERVER_UNREACHABLE', message: 'no' }
  const told: readonly WatchEvent[] = [
    { type: 'watch-started', accounts },
    { type: 'account-state', account: 'account 28', state: 'parked', error },
    { type: 'account-state', account: 'account 29', state: 'waiting', waitMs: 1000, error },
  ]
  const view = reduceWatch(openWatchView(0), told, 0)
  const busy = reduceWatch(
    view,
    Array.from({ length: 50 }, (_, id) => mail(id)),
    0,
  )
  expect([counted(view, 24), counted(view, 36), counted(busy, 24), counted(view, 37)]).toEqual([
    '14 more accounts, 1 parked, 1 waiting',
    '2 more accounts, 1 parked, 1 waiting',
    '23 more accounts, 1 parked, 1 waiting',
    undefined,
  ])
})
