import type { AccountResult, MailboxResult, SyncEvent, SyncFinished } from '../../src/sync/events.ts'

/** A mailbox that was complete before and has not changed, unless told otherwise. */
export function mailboxResult(path: string, change: Partial<MailboxResult> = {}): MailboxResult {
  return {
    path,
    serverMessages: 10,
    messages: 10,
    newMessages: 0,
    downloadedOctets: 0,
    flagChanges: 0,
    removed: 0,
    failed: [],
    refused: 0,
    complete: true,
    durationMs: 120,
    ...change,
  }
}

export function accountResult(name: string, change: Partial<AccountResult> = {}): AccountResult {
  return {
    name,
    outcome: 'complete',
    mailboxes: [mailboxResult('INBOX')],
    roundTrips: 5,
    receivedOctets: 900,
    ...change,
  }
}

export function finished(accounts: readonly AccountResult[], durationMs = 2500): SyncFinished {
  const complete = accounts.every(({ outcome }) => outcome === 'complete')
  return { type: 'sync-finished', complete, durationMs, accounts }
}

/** One account, two mailboxes, one of them fetched over two connections. */
export const fetchingEvents: readonly SyncEvent[] = [
  { type: 'sync-started', accounts: ['personal'] },
  { type: 'connection-opened', account: 'personal', connection: 1, host: 'imap.example.org', security: 'tls' },
  { type: 'mailboxes-listed', account: 'personal', mailboxes: 2, skipped: 1 },
  planned('INBOX', 40),
  planned('Archive/2019', 20_000),
  { type: 'mailbox-started', account: 'personal', mailbox: 'INBOX', connection: 1 },
  listed('INBOX', 40, 1),
  { type: 'batch-started', account: 'personal', mailbox: 'INBOX', connection: 1, messages: 40 },
  committed({ mailbox: 'INBOX', messages: 40, octets: 400_000 }),
  { type: 'mailbox-finished', account: 'personal', mailbox: mailboxResult('INBOX', { newMessages: 40 }) },
  { type: 'mailbox-started', account: 'personal', mailbox: 'Archive/2019', connection: 1 },
  listed('Archive/2019', 19_960, 40),
  { type: 'connection-opened', account: 'personal', connection: 2, host: 'imap.example.org', security: 'tls' },
  { type: 'batch-started', account: 'personal', mailbox: 'Archive/2019', connection: 2, messages: 500 },
  committed({ mailbox: 'Archive/2019', messages: 4960, octets: 49_600_000 }),
]

export function planned(mailbox: string, expectedMessages: number): SyncEvent {
  return {
    type: 'mailbox-planned',
    account: 'personal',
    mailbox,
    tier: 'first',
    why: 'not mirrored yet',
    serverMessages: expectedMessages,
    messages: 0,
    expectedMessages,
  }
}

function listed(mailbox: string, toFetch: number, batches: number): SyncEvent {
  return { type: 'mailbox-listed', account: 'personal', mailbox, serverMessages: toFetch, toFetch, batches }
}

export function committed(batch: {
  readonly mailbox: string
  readonly messages: number
  readonly octets: number
}): SyncEvent {
  return { type: 'batch-committed', account: 'personal', connection: 1, ...batch }
}
