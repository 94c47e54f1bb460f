import { chmodSync, existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import type { Query } from '../../src/model/query.ts'
import type { SearchOrder } from '../../src/search/search-reader.ts'
import { messageFinder } from '../../src/store/find-messages.ts'
import { attachIndex } from '../../src/store/attached-index-file.ts'
import { indexPathOf, openIndex } from '../../src/store/open-database.ts'
import { indexStore } from './indexed-store.ts'
import { commitBatch, messageRow, openMailbox } from './sample-mail.ts'
import { openReader, temporaryStorePath, writeStore } from './sample-store.ts'
import { and, found, inMailbox, isFlag, letter, not, openSearcher, or, seen, word } from './searched-store.ts'

const question = letter(
  {
    From: 'Ada <ada@example.org>',
    To: 'Bob <bob@example.net>, grace@example.com',
    Cc: 'carl@example.org',
    Subject: '=?utf-8?q?Caf=C3=A9?=',
    Date: '1 Mar 2026 10:00 +0100',
    'Message-ID': '<q@example.org>',
  },
  'Where shall we meet?',
)
const answer = letter(
  {
    From: 'bob@example.net',
    Subject: 'Re: Café',
    'Message-ID': '<a@example.net>',
    'In-Reply-To': '<q@example.org>',
    References: '<p@example.org> <q@example.org>',
    'MIME-Version': '1.0',
    'Content-Type': 'multipart/mixed; boundary=b',
  },
  '--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIn Zürich: 東京\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment\r\n\r\nPDF\r\n--b--',
)

async function storeOf(texts: readonly string[]): Promise<string> {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: texts.map((text, index) => [messageRow(index + 1, seen), text]) })
  })
  return path
}

test('a message is described as index and facts know it, in the order in which it was asked for', async () => {
  const path = await storeOf([question, answer])
  await indexStore(path)
  const reader = await openSearcher(path)
  const messages = reader.describe([2, 99, 1])
  const told = messages.map(({ placements, ...rest }) => ({ ...rest, placements: placements.length }))
  expect(told.map((message) => ({ ...message, sha256: message.sha256.length, octets: message.octets > 0 }))).toEqual([
    {
      id: 2,
      // INTERNALDATE, since there is no Date field.
      date: Date.parse('1996-07-17T09:44:25Z') / 1000,
      messageId: 'a@example.net',
      from: [{ name: '', address: 'bob@example.net' }],
      to: [],
      cc: [],
      subject: 'Re: Café',
      inReplyTo: ['q@example.org'],
      references: ['p@example.org', 'q@example.org'],
      attachments: [
        { part: '2', name: 'plan.pdf', type: 'application/pdf', octets: 3, contentId: undefined, inline: false },
      ],
      threadId: 1,
      trouble: undefined,
      placements: 1,
      sha256: 64,
      octets: true,
    },
    {
      id: 1,
      date: Date.parse('2026-03-01T09:00:00Z') / 1000,
      messageId: 'q@example.org',
      from: [{ name: 'Ada', address: 'ada@example.org' }],
      to: [
        { name: 'Bob', address: 'bob@example.net' },
        { name: '', address: 'grace@example.com' },
      ],
      cc: [{ name: '', address: 'carl@example.org' }],
      subject: 'Café',
      inReplyTo: [],
      references: [],
      attachments: [],
      threadId: 1,
      trouble: undefined,
      placements: 1,
      sha256: 64,
      octets: true,
    },
  ])
  expect(openReader(path).find({ id: 2 })).toEqual([
    expect.objectContaining({ placements: messages[0]?.placements, octets: messages[0]?.octets }),
  ])
  expect([1, 2, 99].map((id) => reader.text(id)?.trim())).toEqual([
    'Where shall we meet?',
    'In Zürich: 東京',
    undefined,
  ])
  expect(reader.threadMembers(1)).toEqual([2, 1])
  expect(reader.threadMembers(7)).toEqual([])
  expect(await openReader(path).indexState()).toEqual({ pending: 0, stale: 0, troubled: 0 })
})

test('F92 what is not indexed yet is pending, and found as soon as it is', async () => {
  const path = await storeOf([question])
  rmSync(indexPathOf(path), { force: true })
  const reader = await openSearcher(path)
  const nothing = { pending: 1, stale: 0, troubled: 0 }
  const missing = expect.objectContaining({ code: 'STORE_MISSING', hint: 'run `mailmirror reindex`' }) as unknown
  const asked = [
    () => found(reader, word('meet')),
    () => reader.describe([1]),
    () => reader.text(1),
    () => reader.threadMembers(1),
  ]
  for (const ask of asked) expect(ask).toThrow(missing)
  expect(reader.pending()).toBe(1)
  expect(await openReader(path).indexState()).toEqual(nothing)
  expect(existsSync(indexPathOf(path))).toBe(false)
  // As an older version has left it.
  const older = new Sqlite(indexPathOf(path))
  older.pragma('application_id = 0x4d4d6964')
  older.pragma('user_version = 1')
  older.close()
  chmodSync(indexPathOf(path), 0o600)
  expect(() => found(reader, word('meet'))).toThrow(missing)
  expect(await openReader(path).indexState()).toEqual(nothing)
  rmSync(indexPathOf(path))
  // The log of another process, not yet in the file.
  const writer = openIndex(indexPathOf(path), { allowNetwork: false })
  await indexStore(path)
  expect(found(reader, word('meet'))).toEqual([1])
  writer.exec('UPDATE message SET parser_version = parser_version + 1, trouble = 5')
  const store = openReader(path)
  expect(await store.indexState()).toEqual({ pending: 0, stale: 1, troubled: 1 })
  writer.exec('UPDATE message SET parser_version = 0')
  expect(await store.indexState()).toMatchObject({ stale: 1 })
  writer.close()
})

/** An indexed store, its index spoilt in some way. */
async function spoiltStore(spoil: (indexPath: string) => void): Promise<string> {
  const path = await storeOf([question, answer])
  await indexStore(path)
  spoil(indexPathOf(path))
  return path
}

const edit = (sql: string) => (path: string) => {
  const index = new Sqlite(path)
  index.unsafeMode()
  index.exec(sql)
  index.close()
}

test.each([
  ['of another program', edit('PRAGMA application_id = 5'), 'STORE_FOREIGN'],
  ['no database', (path: string) => writeFileSync(path, 'x'.repeat(100_000)), 'STORE_FOREIGN'],
  ['newer than we know', edit('PRAGMA user_version = 99'), 'STORE_NEWER'],
  ['with a view', edit('CREATE VIEW v AS SELECT 1'), 'STORE_FOREIGN'],
  ['that others may read', (path: string) => chmodSync(path, 0o644), 'STORE_UNSAFE'],
  ['cut short', (path: string) => truncateSync(path, 100_000), 'DAMAGED'],
])('S25 an index %s is an error with a remedy, never an empty answer (F92)', async (_, spoil, code) => {
  const path = await spoiltStore(spoil)
  const reader = await openSearcher(path)
  for (let time = 0; time < 2; time++) {
    expect(() => found(reader, word('meet'))).toThrow(expect.objectContaining({ code })) // prettier-ignore
  }
  expect(failureOf(() => found(reader, word('meet')))).toMatch(/reindex|newer mailmirror|chmod/)
  // The facts can be read all the same.
  expect(openReader(path).find({ id: 1 })).toHaveLength(1)
})

test('S25 rows that no mailmirror wrote are read as far as they make sense', async () => {
  const path = await spoiltStore(
    edit(
      `UPDATE message SET addresses = '{"from":[["a"],5,["Eve","eve@example.org"]],"to":7}', thread_refs = '[5,["x",5]]'`,
    ),
  )
  const [message] = (await openSearcher(path)).describe([1])
  expect(message).toMatchObject({
    from: [{ name: 'Eve', address: 'eve@example.org' }],
    to: [],
    inReplyTo: [],
    references: ['x'],
  })
  const broken = await openSearcher(await spoiltStore(edit(`UPDATE message SET addresses = '{'`)))
  expect(() => broken.describe([1])).toThrow(expect.objectContaining({ code: 'DAMAGED' }))
  const packed = await openSearcher(await spoiltStore(edit(`UPDATE text_block SET data = x'0102'`)))
  expect(() => packed.text(1)).toThrow(expect.objectContaining({ code: 'DAMAGED' }))
})

function failureOf(search: () => unknown): string {
  try {
    search()
    return 'none'
  } catch (error) {
    return error instanceof AppError ? (error.hint ?? '') : 'a bug'
  }
}

/** How SQLite goes about what a search asks of it. */
function plansOf(indexed: string, query: Query, order: SearchOrder = 'date'): string {
  const statements: string[] = []
  const database = new Sqlite(indexed, { readonly: true, verbose: (sql) => statements.push(String(sql)) })
  try {
    attachIndex(database, indexed, { allowNetwork: false })
    statements.length = 0
    messageFinder(database).search({ query, order, limit: 50, accounts: undefined })
    const searches = statements.filter((sql) => /^\s*SELECT m\.id/.test(sql))
    return searches.flatMap((sql) => database.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => detail)).join('\n') // prettier-ignore
  } finally {
    database.close()
  }
}

test('the newest are met on the way along the dates, and placements looked up by message', async () => {
  const path = await spoiltStore(() => undefined)
  const placement = 'USING INDEX placement_content (content=?)'
  const walk = plansOf(path, and(inMailbox('INBOX'), isFlag('unread')))
  expect(walk).toContain('SCAN m USING COVERING INDEX message_date')
  expect(walk).toContain(placement)
  expect(walk).not.toContain('TEMP B-TREE')
  const since = plansOf(path, { kind: 'date', since: 5, before: 9 })
  expect(since).toContain('SEARCH m USING COVERING INDEX message_date (date>? AND date<?)')
  expect(plansOf(path, { kind: 'message-id', id: 'q' })).toContain('USING INDEX message_message_id (message_id=?)')
  // As for a word that is in more messages than are sorted.
  const often = plansOf(path, { kind: 'text', field: undefined, text: 'meet', prefix: true })
  expect(often).toContain('SCAN m USING COVERING INDEX message_date')
  expect(often).not.toContain('TEMP B-TREE')
})

test('a rare word leads to its messages, and words are one expression wherever they can be', async () => {
  const path = await spoiltStore(() => undefined)
  const some = plansOf(path, and(word('meet'), not(word('zurich')), or(word('a'), word('where')), isFlag('read')))
  expect(some).toMatch(/SCAN t VIRTUAL TABLE INDEX .*\nSEARCH m USING INTEGER PRIMARY KEY/)
  expect(some.match(/VIRTUAL TABLE/g)).toHaveLength(1)
  expect(some).toContain('placement_content (content=?)')
  const best = plansOf(path, word('meet'), 'relevance')
  expect(best).toMatch(/SCAN t VIRTUAL TABLE INDEX/)
  expect(best).toContain('SEARCH m USING INTEGER PRIMARY KEY')
})
