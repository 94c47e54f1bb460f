import { expect, test } from 'vitest'
import { endReport, failureBlocks, summaryLine, summaryLines } from '../../src/ui/sync-summary.ts'
import { accountResult, finished, mailboxResult } from './sample-run.ts'

const good = finished(
  [
    accountResult('personal', {
      mailboxes: [
        mailboxResult('INBOX', { newMessages: 1200, downloadedOctets: 56_700_000, durationMs: 1900 }),
        mailboxResult('Archive/2019', { flagChanges: 3, removed: 2, refused: 1 }),
      ],
    }),
    accountResult('work'),
  ],
  12_345,
)

const mixed = finished([
  accountResult('personal'),
  accountResult('work', {
    outcome: 'failed',
    error: { code: 'LOGIN_REJECTED', message: 'could not log in: NO \u001b[2J', hint: 'look at the password' },
    mailboxes: [],
  }),
  accountResult('club', {
    outcome: 'incomplete',
    mailboxes: [
      mailboxResult('INBOX', { complete: false, reason: 'EXAMINE: NO permission denied' }),
      mailboxResult('Sent', {
        complete: false,
        failed: Array.from({ length: 7 }, (_, index) => ({ uid: index + 1, reason: 'server sent NIL' })),
      }),
      mailboxResult('Junk'),
    ],
  }),
  accountResult('shop', { outcome: 'interrupted', mailboxes: [] }),
])

test('a run is one line in a log', () => {
  expect(summaryLine(good)).toBe(
    'mailmirror: 2 accounts, 3 mailboxes complete, 1,200 new messages (56.7 MB), 3 flag changes, 2 removed, 1 refused by size, in 12.3 s',
  )
})

test('a run is a few lines of at most 80 columns on a terminal', () => {
  expect(summaryLines(good, 80).join('\n')).toMatchInlineSnapshot(`
    "Complete: 2 accounts, 3 mailboxes, in 12.3 s at 4.6 MB/s.
    1,200 new messages (56.7 MB), 3 flag changes, 2 removed, 1 refused by size.
    Slowest mailbox: personal/INBOX, 1.9 s."
  `)
})

test('40 columns wrap it', () => {
  expect(summaryLines(good, 40).join('\n')).toMatchInlineSnapshot(`
    "Complete: 2 accounts, 3 mailboxes, in
      12.3 s at 4.6 MB/s.
    1,200 new messages (56.7 MB), 3 flag
      changes, 2 removed, 1 refused by
      size.
    Slowest mailbox: personal/INBOX, 1.9 s."
  `)
})

test('each account that is not complete has a block: what, why, what to do next', () => {
  expect(failureBlocks(mixed).join('\n')).toMatchInlineSnapshot(`
    "mailmirror: work: could not log in: NO \\x1b[2J
      look at the password
    mailmirror: club: 2 of 3 mailboxes are incomplete
      INBOX: EXAMINE: NO permission denied
      Sent: 7 messages could not be fetched (UID 1: server sent NIL, UID 2: server sent NIL, UID 3: server sent NIL, UID 4: server sent NIL, UID 5: server sent NIL, …)
      run \`mailmirror sync club\` again: it tries once more what is missing
    mailmirror: shop: stopped before it was complete
      what was received is kept; \`mailmirror sync shop\` goes on from here"
  `)
})

test('a hundred bad mailboxes are not a hundred lines', () => {
  const mailboxes = Array.from({ length: 100 }, (_, index) => mailboxResult(`Lists/${index}`, { complete: false }))
  const lines = failureBlocks(finished([accountResult('work', { outcome: 'incomplete', mailboxes })]))
  expect(lines.length).toBe(13)
  expect(lines.at(-2)).toBe('  and 90 more mailboxes; `mailmirror status` names them')
})

test('a bug in one account asks for a report', () => {
  const error = { code: 'INTERNAL', message: 'x is undefined' } as const
  expect(failureBlocks(finished([accountResult('work', { outcome: 'failed', error })])).join('\n')).toContain(
    'please report it',
  )
})

test('scripts get the error of the only account, or a word for several', () => {
  const error = { code: 'LOGIN_REJECTED', message: 'could not log in', hint: 'look' } as const
  const one = finished([accountResult('work', { outcome: 'failed', error })])
  expect(endReport({ result: one, status: 77 })).toMatchObject({ ...error, exit: 77 })
  expect(endReport({ result: mixed, status: 1 })).toMatchObject({
    code: 'INCOMPLETE',
    message: '3 of 4 accounts incomplete',
    exit: 1,
  })
})
