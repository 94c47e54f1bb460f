import { expect, test } from 'vitest'
import { pastStatusJson, pastStatusPage } from '../../src/ui/past-status-page.ts'
import type { PastAccount } from '../../src/ui/past-status-page.ts'
import { safeText } from '../../src/ui/safe-text.ts'
import { styleOf } from '../../src/ui/style.ts'

const evil = 'Evil\u001b[31m\u202e'
const box = { kind: 'imap', uidValidity: 7, messages: 1200, removed: 3, pruned: 0, goneAt: undefined } as const
const account: PastAccount = {
  name: 'work',
  store: '/home/ada/mail.db',
  seq: 1201,
  at: '2026-10-05T08:00:00.000Z',
  mailboxes: [
    { ...box, path: evil },
    { ...box, path: 'Old', kind: 'local', messages: 5, goneAt: '2026-10-04T08:00:00.000Z' },
  ],
}
const nothing: PastAccount = { name: 'new', store: '/home/ada/new.db', seq: 0, at: undefined, mailboxes: [] }

test('the past of an account is a table, of hostile names too, and one that had nothing yet says so', () => {
  const lines = pastStatusPage([account, nothing], 80, styleOf({ hasColors: false }))
  expect(lines.map((line) => line.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'WHEN'))).toMatchInlineSnapshot(`
    [
      "work  /home/ada/mail.db",
      "as it was after change 1,201, WHEN",
      "Mailbox               Messages  Removed  State",
      "Evil\\x1b[31m\\u{202e}     1,200        3",
      "Old (local)                  5        3  gone since WHEN",
      "1 mailbox                1,205        6",
      "",
      "new  /home/ada/new.db",
      "nothing had been mirrored yet",
    ]
  `)
  expect(lines.join('')).toBe(safeText(lines.join('')))
})

test('as JSON it has the keys of status that the log tells, and nothing that it does not', () => {
  const document: unknown = JSON.parse(pastStatusJson([account]))
  const [, old] = account.mailboxes
  expect(document).toMatchObject({
    v: 1,
    accounts: [{ name: 'work', store: account.store, seq: 1201, at: account.at }],
  })
  expect(document).toHaveProperty('accounts.0.mailboxes.1', old)
  expect(pastStatusJson([account])).toContain(String.raw`Evil\u001b[31m\u202e`)
})
