import { expect, test } from 'vitest'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { indexStore } from './indexed-store.ts'
import { commitBatch, listedMailbox, messageRow, uidOf } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'
import { temporaryStorePath, writeStore } from './sample-store.ts'
import {
  and,
  anywhere,
  beginning,
  found,
  inMailbox,
  isFlag,
  letter,
  not,
  openSearcher,
  or,
  removed,
  seen,
  word,
} from './searched-store.ts'

const utf8 = { 'MIME-Version': '1.0', 'Content-Type': 'text/plain; charset=utf-8' }

const minutes = letter(
  { From: 'Ada <ada@example.org>', To: 'bob@example.net', Subject: 'Minutes of March', Date: '1 Mar 2026 10:00 +0000' },
  'As agreed. The engine is ready, the budget is not.',
)
const reply = letter(
  {
    ...utf8,
    From: 'Bob <bob@example.net>',
    To: 'ada@example.org',
    Cc: 'Grace <grace@example.com>',
    Subject: 'Re: Minutes of March',
    Date: '2 Mar 2026 10:00 +0000',
    'Message-ID': '<reply@example.net>',
    'List-Id': 'Engines <Engines.Example.ORG>',
  },
  'Ready for Zürich? 来週の会議は東京です。',
)
const picture = letter(
  {
    From: 'grace@example.com',
    Subject: 'Engine drawing',
    Date: '3 Mar 2026 10:00 +0000',
    'MIME-Version': '1.0',
    'Content-Type': 'multipart/mixed; boundary=b',
  },
  `--b\r\n\r\nsee below\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="budget-2026.png"\r\n\r\n${'x'.repeat(3000)}\r\n--b--`,
)
const old = letter({ From: 'ada@example.org', Subject: 'Old engine', Date: '1 Jan 2020 10:00 +0000' }, 'rusty')

/** 1 minutes: work INBOX unread and Archive read. 2 reply: INBOX read, labelled. 3 picture: home inbox, flagged and unread.
 *  4 old: removed from Archive. */
async function searchedStore(): Promise<string> {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const work = await store.recordMailboxes(
      'work',
      ['INBOX', 'Archive/2026'].map((name) => listedMailbox(name)),
    )
    const home = await store.recordMailboxes('home', [listedMailbox('Inbox')])
    const epochs = []
    for (const { id } of [...work.listed, ...home.listed]) epochs.push((await store.openEpoch(id, 7n)).id)
    const [inbox, archive, house] = epochs
    if (inbox === undefined || archive === undefined || house === undefined) throw new Error('three mailboxes')
    const add = (epoch: typeof inbox, ...messages: readonly Message[]) => commitBatch(store, epoch, { messages })
    await add(inbox, [messageRow(1), minutes], [messageRow(2, { ...seen, labels: ['Travel', 'Alpha'] }), reply])
    await add(house, [messageRow(1, { flags: [String.raw`\Flagged`] }), picture])
    await add(archive, [messageRow(1, seen), minutes], [messageRow(2, seen), old])
    await store.markRemoved(archive, uidSetOf([uidOf(2)]))
  })
  await indexStore(path)
  return path
}

const label = (glob: string) => ({ kind: 'label', glob }) as const
const account = (glob: string) => ({ kind: 'account', glob }) as const

test('words are found in every part, folded, and in the part that is named', async () => {
  const reader = await openSearcher(await searchedStore())
  const cases = [
    [word('engine'), [3, 1]],
    [word('ENGINE', 'subject'), [3]],
    [word('engine', 'body'), [1]],
    [word('ada', 'from'), [1]],
    [word('ada', 'to'), [2]],
    [word('grace', 'cc'), [2]],
    [word('budget', 'filename'), [3]],
    [word('budget'), [3, 1]],
    [word('zurich'), [2]],
    [word('ready for'), [2]],
    [word('for ready'), []],
    [word('minutes of'), [2, 1]],
    [beginning('minutes of mar'), [2, 1]],
    [beginning('eng', 'subject'), [3]],
    [word('会議'), [2]],
    [word('議会'), []],
    [word('東'), [2]],
    [and(word('ready'), word('budget')), [1]],
    [or(word('rusty'), word('drawing')), [3]],
    [and(word('engine'), not(word('drawing'))), [1]],
    [not(word('engine')), [2]],
    [and(not(word('engine')), not(word('minutes'))), []],
    [word('...'), []],
  ] as const
  expect(cases.map(([query]) => found(reader, query))).toEqual(cases.map(([, ids]) => ids))
})

const seconds = (text: string): number => Date.parse(text) / 1000

test('what is asked of a message: attachment, size, date, list and id', async () => {
  const reader = await openSearcher(await searchedStore())
  const cases = [
    [{ kind: 'attachment' }, [3]],
    [{ kind: 'larger', octets: 3000 }, [3]],
    [{ kind: 'smaller', octets: 3000 }, [2, 1]],
    [{ kind: 'date', since: seconds('2026-03-02T10:00:00Z'), before: undefined }, [3, 2]],
    [{ kind: 'date', since: undefined, before: seconds('2026-03-02T10:00:00Z') }, [1]],
    [{ kind: 'date', since: undefined, before: undefined }, [3, 2, 1]],
    [{ kind: 'list', text: 'engines.EXAMPLE' }, [2]],
    [{ kind: 'message-id', id: 'reply@example.net' }, [2]],
    // No Message-ID is not that one.
    [not({ kind: 'message-id', id: 'reply@example.net' }), [3, 1]],
    [not({ kind: 'list', text: 'engines' }), [3, 1]],
    [{ kind: 'all' }, [3, 2, 1]],
  ] as const
  expect(cases.map(([query]) => found(reader, query))).toEqual(cases.map(([, ids]) => ids))
})

test('one placement has to make the whole query true; what must not be is true of none', async () => {
  const reader = await openSearcher(await searchedStore())
  const cases = [
    [inMailbox('INBOX'), [3, 2, 1]],
    [inMailbox('Archive/*'), [1]],
    [inMailbox('archive/2026'), [1]],
    [account('home'), [3]],
    [account('HOME'), [3]],
    [inMailbox('nowhere'), []],
    [isFlag('unread'), [3, 1]],
    [isFlag('read'), [2, 1]],
    [isFlag('flagged'), [3]],
    [isFlag('answered'), []],
    // Message 1 is read in the archive and unread in INBOX.
    [and(inMailbox('Archive/*'), isFlag('unread')), []],
    [and(inMailbox('INBOX'), isFlag('unread'), account('work')), [1]],
    [and(word('minutes'), inMailbox('INBOX'), isFlag('read')), [2]],
    [not(isFlag('read')), [3]],
    [not(and(inMailbox('INBOX'), isFlag('read'))), [3, 1]],
    [not(not(isFlag('read'))), [2, 1]],
    [and(isFlag('unread'), not(inMailbox('Archive/*'))), [3]],
    [or(and(word('drawing'), account('home')), and(word('minutes'), inMailbox('Archive/*'))), [3, 1]],
    [label('Travel'), [2]],
    [label('tra*'), [2]],
    [not(label('alpha')), [3, 1]],
  ] as const
  expect(cases.map(([query]) => found(reader, query))).toEqual(cases.map(([, ids]) => ids))
})

test('removed placements count only where the query asks for them', async () => {
  const reader = await openSearcher(await searchedStore())
  const cases = [
    [word('rusty'), []],
    [removed, [4]],
    [and(word('rusty'), removed), [4]],
    [and(word('engine'), anywhere), [3, 1, 4]],
    [and(inMailbox('Archive/*'), anywhere), [1, 4]],
    [and(anywhere, not(removed)), [3, 2, 1]],
    [not(removed), [3, 2, 1]],
  ] as const
  expect(cases.map(([query]) => found(reader, query))).toEqual(cases.map(([, ids]) => ids))
})

test('a name is taken in any case only where none is written so', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const names = ['Work', 'work', 'Play']
    const { listed } = await store.recordMailboxes(
      'one',
      names.map((name) => listedMailbox(name)),
    )
    for (const [index, { id }] of listed.entries()) {
      const epoch = await store.openEpoch(id, 7n)
      await commitBatch(store, epoch.id, { messages: [[messageRow(1), `Subject: ${names[index]} ${index}\r\n\r\n`]] })
    }
  })
  await indexStore(path)
  const reader = await openSearcher(path)
  const cases = [
    [inMailbox('work'), [2]],
    [inMailbox('WORK'), [2, 1]],
    [inMailbox('play'), [3]],
  ] as const
  expect(cases.map(([query]) => found(reader, query))).toEqual(cases.map(([, ids]) => ids))
})

test('the accounts of a request, its limit and its order', async () => {
  const reader = await openSearcher(await searchedStore())
  expect(found(reader, { kind: 'all' }, { accounts: ['work'] })).toEqual([2, 1])
  expect(found(reader, not(inMailbox('INBOX')), { accounts: ['home'] })).toEqual([])
  expect(found(reader, { kind: 'all' }, { accounts: ['nobody'] })).toEqual([])
  expect(found(reader, { kind: 'all' }, { limit: 2 })).toEqual([3, 2])
  // The subject tells more than the text.
  const relevance = { order: 'relevance' } as const
  expect(found(reader, word('march'), relevance)).toHaveLength(2)
  expect(found(reader, or(word('engine', 'body'), word('drawing', 'subject')), { ...relevance, limit: 1 })).toEqual([3])
  expect(found(reader, and(word('engine'), anywhere), { ...relevance, limit: 10 })).toHaveLength(3)
  expect(found(reader, and(word('engine'), anywhere), relevance)).toHaveLength(3)
  expect(found(reader, { kind: 'all' }, relevance)).toEqual([3, 2, 1])
})

test('S24 nothing that is typed reaches FTS5 as syntax', async () => {
  const reader = await openSearcher(await searchedStore())
  const typed = [
    `don't`,
    'a-b',
    'AND',
    'NEAR(a b)',
    '"',
    '""',
    '*',
    'subject:x',
    '{x} : y',
    '^a',
    'a\0b',
    '-',
    '+',
    'a* b',
  ]
  for (const text of [...typed, '\ud800', '🙂', 'é\u0301', '％', "');--"]) {
    for (const query of [
      word(text),
      beginning(text),
      word(text, 'subject'),
      not(word(text)),
      and(word(text), word('engine')),
    ]) {
      expect(() => found(reader, query)).not.toThrow()
    }
  }
})

test('S24 long and deep queries are answered', async () => {
  const reader = await openSearcher(await searchedStore())
  const many = Array.from({ length: 600 }, (_, index) => word(`w${index}`))
  expect(found(reader, or(...many, word('rusty'), word('drawing')))).toEqual([3])
  expect(found(reader, or(...many.map((text) => and(text, isFlag('unread'))), word('drawing')))).toEqual([3])
  let deep = and(word('engine'), isFlag('unread'))
  for (let depth = 0; depth < 100; depth++)
    deep = depth % 2 === 0 ? or(deep, word('nothing')) : and(deep, { kind: 'all' })
  expect(found(reader, deep)).toEqual([3, 1])
})
