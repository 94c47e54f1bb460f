import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WatchEvent } from '../../src/sync/watch-events.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { styleOf } from '../../src/ui/style.ts'
import { openWatchView, pressWatch, reduceWatch, watchLines } from '../../src/ui/watch-view.ts'
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
    'mailmirror watch · 2 accounts · 1 connection · 2 new · 2.3 kB/s · up 40s',
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
] as const)('the screen has exactly as many lines as the terminal, none wider: %i × %i', (columns, rows) => {
  const accounts = Array.from({ length: 60 }, (_, index) => `account ${index}`)
  const view = reduceWatch(openWatchView(0), [{ type: 'watch-started', accounts }, pass('account 3', 1)], 0)
  const lines = shown(view, 100, [columns, rows])
  expect(lines).toHaveLength(rows)
  expect(lines.filter((line) => textWidth(line) > columns)).toEqual([])
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
  const down = pressWatch(view, { input: '', name: 'down' }).view
  expect(shown(down, 0)[3]).toMatch(/^account 1 /)
  const end = pressWatch(view, { input: '', name: 'end' }).view
  expect(shown(end, 0).some((line) => line.startsWith('account 29 '))).toBe(true)
  const help = pressWatch(view, { input: '?', name: undefined }).view
  expect(shown(help, 0)[2]).toMatch(/^listening /)
  expect(pressWatch(help, { input: '', name: 'escape' }).view.isHelp).toBe(false)
  expect(pressWatch(view, { input: 'q', name: undefined }).isOver).toBe(true)
})

const mail = (id: number): WatchEvent => ({
  type: 'new-mail',
  account: 'a',
  mailbox: 'INBOX',
  id,
  from: 'Z',
  subject: `${id}`,
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
