import { expect, test } from 'vitest'
import type { AccountState, MailboxState } from '../../src/sync/status.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { statusJson, statusPage } from '../../src/ui/status-page.ts'
import { styleOf } from '../../src/ui/style.ts'

const style = styleOf({ hasColors: false })

function mailbox(path: string, change: Partial<MailboxState> = {}): MailboxState {
  return {
    path,
    uidValidity: 1_700_000_001,
    messages: 12_345,
    removed: 3,
    failed: 0,
    refused: 0,
    complete: true,
    reason: undefined,
    lastSyncedAt: new Date(2026, 9, 5, 14, 3).toISOString(),
    goneAt: undefined,
    ...change,
  }
}

const accounts: readonly AccountState[] = [
  {
    name: 'personal',
    store: '/home/ada/.local/share/mailmirror/mail.db',
    mailboxes: [
      mailbox('INBOX'),
      mailbox('Projekte/日本語 🎉', { messages: 7, refused: 2 }),
      mailbox('Archive/Correspondence with the tax office/2019', {
        failed: 2,
        complete: false,
        reason: '2 messages failed: server sent NIL',
      }),
      mailbox('New', { uidValidity: undefined, messages: 0, removed: 0, complete: false, lastSyncedAt: undefined }),
      mailbox('Old', { messages: 0, goneAt: new Date(2026, 9, 1, 9, 0).toISOString() }),
    ],
  },
  { name: 'work', store: '/home/ada/.local/share/mailmirror/mail.db', mailboxes: [] },
]

test('80 columns', () => {
  expect(statusPage(accounts, 80, style).join('\n')).toMatchInlineSnapshot(`
    "personal  /home/ada/.local/share/mailmirror/mail.db
    Mailbox           Messages  Removed  Failed  Last sync         State
    INBOX               12,345        3       0  2026-10-05 14:03  complete
    Projekte…本語 🎉         7        3       0  2026-10-05 14:03  complete, 2 refu…
    Archive/…ce/2019    12,345        3       2  2026-10-05 14:03  2 messages faile…
    New                      0        0       0  never             never completed
    Old                      0        3       0  2026-10-05 14:03  gone since 2026-…
    4 mailboxes         24,697       12       2                    2 incomplete

    work  /home/ada/.local/share/mailmirror/mail.db
    never synced: run \`mailmirror sync work\`"
  `)
})

test('40 columns go without what matters less', () => {
  expect(statusPage(accounts, 40, style).join('\n')).toMatchInlineSnapshot(`
    "personal  /home/ada/.loca…mirror/mail.db
    Mailbox         Messages  State
    INBOX             12,345  complete
    Projekte…語 🎉         7  complete, 2 r…
    Archive…e/2019    12,345  2 messages fa…
    New                    0  never complet…
    Old                    0  gone since 20…
    4 mailboxes       24,697  2 incomplete

    work  /home/ada/.local/…ilmirror/mail.db
    never synced: run \`mailmirror sync work\`"
  `)
})

test('132 columns', () => {
  expect(statusPage(accounts, 132, style).join('\n')).toMatchInlineSnapshot(`
    "personal  /home/ada/.local/share/mailmirror/mail.db
    Mailbox                                          Messages  Removed  Failed  Last sync         State
    INBOX                                              12,345        3       0  2026-10-05 14:03  complete
    Projekte/日本語 🎉                                      7        3       0  2026-10-05 14:03  complete, 2 refused
    Archive/Correspondence with the tax office/2019    12,345        3       2  2026-10-05 14:03  2 messages failed: server sent NIL
    New                                                     0        0       0  never             never completed
    Old                                                     0        3       0  2026-10-05 14:03  gone since 2026-10-01 09:00
    4 mailboxes                                        24,697       12       2                    2 incomplete

    work  /home/ada/.local/share/mailmirror/mail.db
    never synced: run \`mailmirror sync work\`"
  `)
})

test('no line is wider than the terminal, as long as the numbers fit', () => {
  for (const width of [40, 48, 60, 68, 72, 80, 100, 132]) {
    for (const line of statusPage(accounts, width, style)) expect(textWidth(line)).toBeLessThanOrEqual(width)
  }
})

test('JSON has the keys of the contract; what is not known is null', () => {
  const state = {
    name: 'personal',
    store: '/home/ada/mail.db',
    mailboxes: [mailbox('New', { uidValidity: undefined, complete: false, lastSyncedAt: undefined })],
  }
  expect(JSON.parse(statusJson([state], []))).toEqual({
    v: 1,
    accounts: [
      {
        name: 'personal',
        lastRun: null,
        store: '/home/ada/mail.db',
        mailboxes: [
          {
            path: 'New',
            kind: 'imap',
            uidValidity: null,
            messages: 12_345,
            removed: 3,
            failed: 0,
            complete: false,
            lastSyncedAt: null,
            refused: 0,
            reason: null,
            goneAt: null,
          },
        ],
      },
    ],
    indexes: [],
  })
})
