import { expect, test } from 'vitest'
import type { SyncEvent } from '../../src/sync/events.ts'
import { lineOf } from '../../src/ui/sync-lines.ts'
import type { Detail } from '../../src/ui/sync-lines.ts'
import { accountResult, fetchingEvents, finished, mailboxResult } from './sample-run.ts'

const events: readonly SyncEvent[] = [
  ...fetchingEvents,
  { type: 'message-failed', account: 'personal', mailbox: 'Sent', uid: 7, reason: 'server sent NIL' },
  { type: 'messages-linked', account: 'personal', mailbox: 'Sent', messages: 9 },
  { type: 'retry-scheduled', account: 'personal', code: 'CONNECTION_LOST', message: 'connection lost', delayMs: 2000 },
  { type: 'mailbox-failed', account: 'personal', mailbox: 'Sent', error: { code: 'COMMAND_REJECTED', message: 'NO' } },
  { type: 'mailbox-gone', account: 'personal', mailbox: 'Old', removed: 12 },
  { type: 'mailbox-renamed', account: 'personal', mailbox: 'New', formerly: 'Older' },
  { type: 'mailbox-finished', account: 'personal', mailbox: mailboxResult('Drafts') },
  {
    type: 'mailbox-finished',
    account: 'personal',
    mailbox: mailboxResult('Sent', {
      newMessages: 1,
      downloadedOctets: 1200,
      flagChanges: 2,
      removed: 3,
      refused: 4,
      failed: [{ uid: 7, reason: 'server sent NIL' }],
      complete: false,
      reason: 'messages failed',
    }),
  },
  { type: 'account-finished', account: accountResult('personal', { outcome: 'incomplete' }) },
  finished([accountResult('personal')]),
]

function log(detail: Detail): string {
  return events.flatMap((event) => lineOf(event, detail) ?? []).join('\n')
}

test('by default a log tells what changed or failed', () => {
  expect(log(0)).toMatchInlineSnapshot(`
    "personal/INBOX: 40 new messages, 0 B (120 ms)
    personal: tries again in 2.0 s: connection lost
    personal/Sent: failed: NO
    personal/Old: no longer on the server, 12 messages kept
    personal/New: renamed, was Older
    personal/Sent: 1 new message, 1.2 kB, 2 flag changes, 3 removed, 1 failed, 4 refused, incomplete: messages failed (120 ms)
    personal: incomplete, 1 mailbox"
  `)
})

test('-v tells how it is done, too', () => {
  expect(log(1)).toMatchInlineSnapshot(`
    "personal: connection 1 to imap.example.org is open (tls)
    personal: 2 mailboxes, 1 not mirrored
    personal/INBOX: 40 messages to fetch in 1 batch
    personal/INBOX: 40 new messages, 0 B (120 ms)
    personal/Archive/2019: 19,960 messages to fetch in 40 batches
    personal: connection 2 to imap.example.org is open (tls)
    personal/Sent: message 7 failed: server sent NIL
    personal/Sent: 9 messages held already, not fetched again
    personal: tries again in 2.0 s: connection lost
    personal/Sent: failed: NO
    personal/Old: no longer on the server, 12 messages kept
    personal/New: renamed, was Older
    personal/Drafts: 0 new messages, 0 B (120 ms)
    personal/Sent: 1 new message, 1.2 kB, 2 flag changes, 3 removed, 1 failed, 4 refused, incomplete: messages failed (120 ms)
    personal: incomplete, 1 mailbox"
  `)
})

test('-vv tells every event', () => {
  expect(events.filter((event) => lineOf(event, 2) === undefined)).toEqual([])
})

test('S14: what a server calls things is made safe', () => {
  const event: SyncEvent = { type: 'mailbox-gone', account: 'a', mailbox: '\u001b[2J\u202e\n', removed: 1 }
  expect(lineOf(event, 0)).toBe(String.raw`a/\x1b[2J\u{202e}\n: no longer on the server, 1 message kept`)
})
