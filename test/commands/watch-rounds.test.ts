import { expect, test } from 'vitest'
import type { MonitoredEnd } from '../../src/commands/run-watch.ts'
import { WatchRounds } from '../../src/commands/watch-rounds.ts'
import type { AccountResult, MailboxResult } from '../../src/sync/events.ts'
import type { ReportedEvent } from '../../src/ui/watch-lines.ts'

const mailbox = (newMessages: number): MailboxResult => ({
  path: 'INBOX',
  serverMessages: 9,
  messages: 9,
  newMessages,
  downloadedOctets: newMessages * 100,
  flagChanges: 0,
  removed: 0,
  failed: [],
  refused: 0,
  complete: true,
  durationMs: 5,
})

const finished = (name: string, outcome: AccountResult['outcome'] = 'complete'): ReportedEvent => ({
  type: 'account-finished',
  account: { name, outcome, mailboxes: [mailbox(0)], roundTrips: 1, receivedOctets: 100 },
})

const quick = (account: string, newMessages: number): ReportedEvent => ({
  type: 'mailbox-finished',
  account,
  mailbox: mailbox(newMessages),
})

function roundsAfter(...events: readonly ReportedEvent[]): readonly MonitoredEnd[] {
  const rounds: MonitoredEnd[] = []
  let nowMs = 0
  const watch = new WatchRounds({ nowMs: () => nowMs++, onRound: (round) => rounds.push(round) })
  for (const event of events) watch.onEvent(event)
  return rounds
}

const started: ReportedEvent = { type: 'watch-started', accounts: ['work', 'home'] }
const newIn = ({ result }: MonitoredEnd): readonly (number | undefined)[] =>
  (result?.accounts ?? []).map(({ mailboxes }) => mailboxes[0]?.newMessages)

test('a round is over when every account has been compared, and counts what came in between', () => {
  const first = [started, quick('work', 2), finished('work'), finished('work')] as const
  expect(roundsAfter(...first)).toEqual([])
  const rounds = roundsAfter(...first, finished('home'), quick('home', 3), finished('home'), finished('work'))
  expect(rounds.map(({ status }) => status)).toEqual([0, 0])
  expect(rounds.map(newIn)).toEqual([
    [2, 0],
    [0, 3],
  ])
})

test('an account whose store could not be had makes a round a failure until it is taken in', () => {
  const error = { code: 'STORE_LOCKED', message: 'held' } as const
  const held: ReportedEvent = { type: 'account-state', account: 'other', state: 'parked', error }
  const taken: ReportedEvent = { type: 'config-reloaded', added: ['other'], removed: [], changed: [] }
  const both = [finished('work'), finished('home')] as const
  const rounds = roundsAfter(started, held, ...both, taken, ...both, finished('other'))
  expect(rounds.map(({ status, result }) => [status, result?.complete, result?.accounts.length])).toEqual([
    [1, false, 3],
    [0, true, 3],
  ])
})

test('a watched account that is parked is no account that is left out', () => {
  const error = { code: 'LOGIN_REJECTED', message: 'no' } as const
  const parked: ReportedEvent = { type: 'account-state', account: 'home', state: 'parked', error }
  const [round] = roundsAfter(started, parked, finished('work'), finished('home', 'failed'))
  expect([round?.result?.accounts.length, round?.status]).toEqual([2, 1])
})
