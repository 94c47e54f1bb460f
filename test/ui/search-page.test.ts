import { expect, test } from 'vitest'
import type { IndexedMessage, SearchReader } from '../../src/search/search-reader.ts'
import type { StoredPlacement } from '../../src/model/stored-message.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { searchJson, searchPage } from '../../src/ui/search-page.ts'
import type { SearchRow } from '../../src/ui/search-page.ts'
import { styleOf } from '../../src/ui/style.ts'
import { expectSafe } from './hostile-text.ts'

const style = styleOf({ hasColors: false })
const noon = new Date(2026, 9, 5, 12, 0).getTime() / 1000

function placed(more: Partial<StoredPlacement> = {}): StoredPlacement {
  return {
    account: 'work',
    mailbox: 'INBOX',
    uidValidity: 7,
    uid: 4,
    flags: [String.raw`\Seen`],
    keywords: ['$Junk'],
    labels: [],
    internalDate: undefined,
    firstSeen: '2026-10-05T12:00:00.000Z',
    removedAt: undefined,
    ...more,
  }
}

function message(more: Partial<IndexedMessage> = {}): IndexedMessage {
  return {
    id: 42,
    sha256: 'ab'.repeat(32),
    octets: 1234,
    placements: [placed()],
    messageId: 'a@example.org',
    date: noon,
    from: [{ name: 'Ada Lovelace', address: 'ada@example.org' }],
    to: [{ name: '', address: 'bob@example.net' }],
    cc: [],
    subject: 'Minutes of March',
    inReplyTo: [],
    references: [],
    attachments: [
      { part: '2', name: 'plan.pdf', type: 'application/pdf', octets: 99, contentId: undefined, inline: false },
    ],
    threadId: 7,
    trouble: undefined,
    ...more,
  }
}

function keysOf(json: string): readonly string[] {
  const parsed: unknown = JSON.parse(json)
  return Object.keys(parsed ?? {})
}

/** What the page never asks. */
const reader = {} as SearchReader // oxlint-disable-line typescript/no-unsafe-type-assertion -- a name and nothing else is used

function row(more: Partial<IndexedMessage> = {}, snippet: SearchRow['snippet'] = [], store?: string): SearchRow {
  const found = { store: { name: store, reader }, message: message(more) }
  return { found, name: store === undefined ? `${found.message.id}` : `${store}:${found.message.id}`, snippet }
}

const rows = [
  row({}, [
    { text: 'As ', matched: false },
    { text: 'agreed', matched: true },
    { text: ' with everybody who was there, the engine is built before the budget is written', matched: false },
  ]),
  row({
    id: 7,
    from: [
      { name: 'support@bank.example', address: 'eve@example.com' },
      { name: '', address: 'bob@example.net' },
    ],
    subject: '来週の会議は東京です。場所は駅の近くの喫茶店にしましょう。よろしくお願いします。',
    placements: [placed({ mailbox: 'Archive/Correspondence with the tax office/2019' }), placed()],
  }),
  row({ id: 12_345, subject: undefined, from: [], date: undefined, placements: [placed({ removedAt: '2026-10-06' })] }),
]

const layout = (columns: number) => ({ columns, style, withAccounts: false })

test('a table is as wide as the terminal allows, with the text around the match below each message', () => {
  expect(searchPage(rows, layout(80))).toEqual([
    '   ID  Date        From              Subject                    Mailbox',
    '   42  2026-10-05  Ada Lovelace      Minutes of March           INBOX',
    '    As agreed with everybody who was there, the engine is built before the bud…',
    '    7  2026-10-05  eve@example.com…  来週の会議は東京です。場…  Archive/Corresp…',
    '12345  no date     (nobody)          (no subject)               INBOX (removed)',
  ])
  const subject = '来週の会議は東京です。場所は駅の近くの喫茶店にしましょう。よろしくお願いします。'
  const short = (text: string): string => text + ' '.repeat(textWidth(subject) - text.length)
  expect(searchPage(rows, layout(200))).toEqual([
    `   ID  Date        From                Subject${short('').slice(7)}  Mailbox`,
    `   42  2026-10-05  Ada Lovelace        ${short('Minutes of March')}  INBOX`,
    '    As agreed with everybody who was there, the engine is built before the budget is written',
    `    7  2026-10-05  eve@example.com +1  ${subject}  Archive/Correspondence with…`,
    `12345  no date     (nobody)            ${short('(no subject)')}  INBOX (removed)`,
  ])
  for (const columns of [80, 100, 200]) {
    for (const line of searchPage(rows, layout(columns))) expect(textWidth(line)).toBeLessThanOrEqual(columns)
  }
  expect(searchPage([], layout(80))).toEqual([])
})

test('what was looked for stands out, and so does what is not read yet', () => {
  const colored = styleOf({ hasColors: true })
  const pieces = [
    { text: 'as ', matched: false },
    { text: 'agreed', matched: true },
  ]
  const [, line, snippet] = searchPage([row({ placements: [placed({ flags: [] })] }, pieces)], {
    columns: 80,
    style: colored,
    withAccounts: true,
  })
  expect(line).toContain(colored.bold('Minutes of March'))
  expect(line).toContain(colored.dim('work/INBOX'))
  expect(snippet).toBe(`    ${colored.dim('as ')}${colored.bold('agreed')}`)
})

test('S14 S15 S17 hostile mail neither moves the cursor nor turns the line around', () => {
  const hostile = 'a\u001b[2J\u202eb\u0007\n\u200d=1+1'
  const pieces = [{ text: hostile, matched: true }]
  const bad = row(
    { subject: hostile, from: [{ name: hostile, address: hostile }], placements: [placed({ mailbox: hostile })] },
    pieces,
  )
  for (const line of searchPage([bad], layout(200))) expectSafe(line)
  expectSafe(searchJson(bad))
  expect(JSON.parse(searchJson(bad))).toMatchObject({ subject: hostile, snippet: hostile })
})

test('a line of JSON has the keys of the contract, in every case', () => {
  const [first, ...others] = rows
  const snippet = 'As agreed with everybody who was there, the engine is built before the budget is written'
  expect(JSON.parse(searchJson(first ?? row()))).toEqual({
    v: 1,
    id: 42,
    sha256: 'ab'.repeat(32),
    messageId: 'a@example.org',
    date: new Date(noon * 1000).toISOString(),
    from: [{ name: 'Ada Lovelace', address: 'ada@example.org' }],
    to: [{ name: '', address: 'bob@example.net' }],
    cc: [],
    subject: 'Minutes of March',
    octets: 1234,
    flags: [String.raw`\Seen`],
    placements: [
      {
        account: 'work',
        mailbox: 'INBOX',
        uidValidity: 7,
        uid: 4,
        flags: [String.raw`\Seen`],
        keywords: ['$Junk'],
        labels: [],
        internalDate: null,
        removedAt: null,
      },
    ],
    attachments: [{ part: '2', name: 'plan.pdf', type: 'application/pdf', octets: 99 }],
    threadId: 7,
    snippet,
  })
  for (const other of others) expect(keysOf(searchJson(other))).toEqual(keysOf(searchJson(row())))
})
