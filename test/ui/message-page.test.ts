import { expect, test } from 'vitest'
import type { StoredMessage, StoredPlacement } from '../../src/model/stored-message.ts'
import { createMessageParser } from '../../src/mime/message-parser.ts'
import { headerPage, messagePage, sourcePage } from '../../src/ui/message-page.ts'
import { readableJson } from '../../src/ui/readable-json.ts'
import { styleOf } from '../../src/ui/style.ts'
import { expectSafe } from './hostile-text.ts'

const parser = createMessageParser()
const layout = { columns: 80, style: styleOf({ hasColors: false }) }
const octets = Buffer.from(
  [
    `Date: ${new Date(2026, 9, 5, 10, 0).toUTCString()}`,
    'From: =?utf-8?q?Ada_Gr=C3=BCn?= <ada@example.org>',
    'To: Sol Arden <sol@example.org>, Robin Vale <robin@example.org>, Vera Lund <vera@example.net>',
    'Subject: =?utf-8?b?G1syShs=?= =?utf-8?q?_hello?=',
    '',
    'Body\u001b[2J',
    '',
  ].join('\r\n'),
)

function placement(change: Partial<StoredPlacement> = {}): StoredPlacement {
  return {
    account: 'personal',
    mailbox: 'INBOX',
    uidValidity: 1_700_000_001,
    uid: 12,
    flags: [String.raw`\Seen`],
    keywords: ['$Junk'],
    labels: [],
    internalDate: { seconds: new Date(2026, 9, 5, 10, 0).getTime() / 1000, offsetMinutes: 120, text: 'as told' },
    firstSeen: '2026-10-05T08:00:00.000Z',
    removedAt: undefined,
    ...change,
  }
}

const removed = new Date(2026, 9, 6, 9, 30).toISOString()
const message: StoredMessage = {
  id: 42,
  sha256: '9f2a'.repeat(16),
  octets: 12_345,
  placements: [
    placement(),
    placement({
      mailbox: 'Old\u202e',
      uid: 7,
      flags: [String.raw`\Flagged`],
      internalDate: { seconds: undefined, offsetMinutes: undefined, text: '00-Jan-0000' },
      removedAt: removed,
    }),
  ],
}

test('a message shows its main fields decoded, its sizes and its places, made safe (S14)', () => {
  const page = messagePage(message, parser.read(octets), layout).join('\n')
  expect(page.replace(/[+-]\d{4}$/m, '(offset)')).toMatchInlineSnapshot(`
    "Date:     2026-10-05 10:00 (offset)
    From:     Ada Grün <ada@example.org>
    To:       Sol Arden <sol@example.org>, Robin Vale <robin@example.org>, Vera Lund
              <vera@example.net>
    Subject:  \\x1b[2J\\x1b hello

    Message:  42
    SHA-256:  9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a9f2a
    Size:     12.3 kB (12,345 octets)

    Placements
      personal/INBOX  UID 12  received 2026-10-05 10:00  \\Seen $Junk
      personal/Old\\u{202e}  UID 7  received 00-Jan-0000  \\Flagged $Junk  removed 2026-10-06 09:30"
  `)
  expectSafe(page)
})

function pageOf(header: string): string {
  return messagePage(message, parser.read(Buffer.from(`${header}\r\n\r\n`)), layout).join('\n')
}

test('who answers go to is told where it is somebody else, and a date that cannot be read is shown as it is', () => {
  const page = pageOf(
    'From: a@example.org\r\nReply-To: A@example.org, "x@example.org, y" <b@example.net>\r\nDate: someday',
  )
  expect(page).toContain(`Reply-To: "x@example.org, y" <b@example.net>\n`)
  expect(page).toContain('Date:     someday')
  expect(pageOf('From: a@example.org\r\nReply-To: a@example.org')).not.toContain('Reply-To')
})

test('long fields are wrapped', () => {
  const page = messagePage(message, parser.read(octets), { ...layout, columns: 40 })
  expect(page.slice(2, 6)).toMatchInlineSnapshot(`
    [
      "To:       Sol Arden <sol@example.org>,",
      "          Robin Vale",
      "          <robin@example.org>, Vera Lund",
      "          <vera@example.net>",
    ]
  `)
})

test('F79: a message of no octets has a page', () => {
  const page = messagePage({ ...message, octets: 0, placements: [] }, parser.read(new Uint8Array(0)), layout)
  expect(page[0]).toBe('(no header fields that could be read)')
  expect(page).toContain('Size:     0 octets')
  expect(page.at(-1)).toBe('In no mailbox')
})

test('F86: a field of a megabyte is cut, and that is told', () => {
  const page = messagePage(message, parser.read(Buffer.from(`Subject: ${'x'.repeat(1_000_000)}\r\n\r\n`)), layout)
  expect(page.join('\n')).toContain('it is longer)')
  expect(page.join('\n').length).toBeLessThan(3000)
})

test('a message in very many places shows fifty', () => {
  const placements = Array.from({ length: 60 }, (_, index) => placement({ uid: index + 1 }))
  const page = messagePage({ ...message, placements }, parser.read(octets), layout)
  expect(page.filter((line) => line.includes('INBOX')).length).toBe(50)
  expect(page.at(-1)).toBe('  and 10 more')
})

test('--headers shows the header as it was sent, without the body', () => {
  const page = headerPage(octets)
  expect(page.length).toBe(4)
  expect(page[1]).toBe('From: =?utf-8?q?Ada_Gr=C3=BCn?= <ada@example.org>')
})

test('S14: --raw on a terminal is made safe', () => {
  expect(sourcePage(octets).slice(-2)).toEqual(['', String.raw`Body\x1b[2J`])
})

test('JSON has the keys of the contract, threadId null where it is not indexed', () => {
  const facts = { id: 'mail:42', threadId: undefined, date: undefined, snippet: 'Body' }
  const json: unknown = JSON.parse(readableJson(message, createMessageParser().read(octets), facts))
  expect(json).toMatchObject({
    v: 1,
    id: 'mail:42',
    sha256: '9f2a'.repeat(16),
    messageId: null,
    date: new Date(2026, 9, 5, 10, 0).toISOString(),
    from: [{ name: 'Ada Grün', address: 'ada@example.org' }],
    cc: [],
    octets: 12_345,
    // Of present placements only.
    flags: [String.raw`\Seen`],
    placements: [
      { mailbox: 'INBOX', removedAt: null },
      { internalDate: null, removedAt: removed },
    ],
    attachments: [],
    threadId: null,
    snippet: 'Body',
    html: null,
  })
  const keys =
    'v id sha256 messageId date from to cc subject octets flags placements attachments threadId snippet headers text html'
  expect(Object.keys(Object.fromEntries(Object.entries(json ?? {})))).toEqual(keys.split(' '))
})
