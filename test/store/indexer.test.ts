import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { parserVersion } from '../../src/model/parser-version.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { indexStore, openIndexer, readIndex } from './indexed-store.ts'
import { commitBatch, messageRow, openMailbox } from './sample-mail.ts'
import { openWriter, temporaryStorePath, writeStore } from './sample-store.ts'

const aheadThread = new URL('odd-ahead-thread.ts', import.meta.url)
const oddThread = new URL('odd-parser-thread.ts', import.meta.url)

/** A store with these messages, as contents 1, 2, 3 …. */
async function storeOf(texts: readonly string[]): Promise<string> {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const inbox = await openMailbox(store, 'INBOX')
    await commitBatch(store, inbox.id, { messages: texts.map((text, index) => [messageRow(index + 1), text]) })
  })
  return path
}

const letter = (subject: string, text: string): string => `Subject: ${subject}\r\n\r\n${text}\r\n`

test('all that is in a store is indexed, once', async () => {
  const path = await storeOf([letter('Minutes', 'As agreed in Zürich'), letter('Plans', 'agreed again')])
  expect(await indexStore(path)).toEqual({ indexed: 2, pending: 0 })
  const index = readIndex(path)
  expect(index.watermark).toBe(2)
  expect(index.rows.map(({ subject, text }) => [subject, text.trim()])).toEqual([
    ['Minutes', 'As agreed in Zürich'],
    ['Plans', 'agreed again'],
  ])
  expect(index.match('agreed')).toEqual([1, 2])
  expect(index.match('subject: plans')).toEqual([2])
  expect(await indexStore(path)).toEqual({ indexed: 0, pending: 0 })
})

test('what is committed while the indexer is open is indexed beside the writer', async () => {
  const path = await storeOf([letter('first', 'one')])
  const store = await openWriter(path)
  const indexer = openIndexer(path)
  const inbox = await openMailbox(store, 'INBOX')
  for (let uid = 2; uid <= 40; uid++) {
    await commitBatch(store, inbox.id, { messages: [[messageRow(uid), letter(`number ${uid}`, 'more')]] })
    indexer.notify()
  }
  expect(await indexer.finish(new AbortController().signal)).toEqual({ indexed: 40, pending: 0 })
  await store.close()
  expect(readIndex(path).match('more')).toHaveLength(39)
})

test('an indexer that is told to stop keeps what it has read, and the next one goes on', async () => {
  const path = await storeOf(['one', 'two', 'stop here', 'four', 'five'])
  expect(await indexStore(path, { threadUrl: oddThread })).toEqual({ indexed: 3, pending: 2 })
  expect(readIndex(path).watermark).toBe(3)
  expect(await indexStore(path, { threadUrl: oddThread })).toEqual({ indexed: 2, pending: 0 })
  expect(readIndex(path).rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5])
})

test('a signal that has come before means that nothing is begun', async () => {
  const path = await storeOf(['one', 'two'])
  const indexer = openIndexer(path)
  expect(await indexer.finish(AbortSignal.abort())).toEqual({ indexed: 0, pending: 2 })
})

test('S19 F87 a message that is never read to its end is left out and named, and the rest is indexed', async () => {
  const path = await storeOf(['one', 'never end', 'three'])
  expect(await indexStore(path, { threadUrl: oddThread, longestReadingMs: 300 })).toEqual({ indexed: 3, pending: 0 })
  const { rows, match } = readIndex(path)
  expect(rows.map(({ id, trouble }) => [id, trouble])).toEqual([
    [1, null],
    [2, 'reading it was given up: it took more than 0 s'],
    [3, null],
  ])
  expect(match('three')).toEqual([3])
})

test('S19 a message that waits for something, such as a slow disk, is waited for', async () => {
  const path = await storeOf(['one', 'wait long', 'three'])
  expect(await indexStore(path, { threadUrl: oddThread, longestReadingMs: 300 })).toEqual({ indexed: 3, pending: 0 })
  expect(readIndex(path).rows.map(({ trouble }) => trouble ?? null)).toEqual([null, null, null])
})

test('S19 a message that ends the thread is left out and named, and the rest is indexed', async () => {
  const path = await storeOf(['one', 'exit', 'three', 'exit too', 'five'])
  expect(await indexStore(path, { threadUrl: oddThread })).toEqual({ indexed: 5, pending: 0 })
  const left = 'reading it was given up: the indexer thread has ended'
  expect(readIndex(path).rows.map(({ trouble }) => trouble)).toEqual([null, left, null, left, null])
})

test.each([
  ['never end', 'it took more than 0 s'],
  ['exit', 'it took more than 0 s'],
])('S19 F87 of many messages that are read ahead one with %s is left out and named', async (text, why) => {
  const path = await storeOf(Array.from({ length: 400 }, (_, index) => (index === 250 ? text : `the ${index}th`)))
  expect(await indexStore(path, { threadUrl: aheadThread, longestReadingMs: 300 })).toEqual({
    indexed: 400,
    pending: 0,
  })
  const { rows, match } = readIndex(path)
  expect(rows.flatMap(({ id, trouble }) => (trouble === null ? [] : [[id, trouble]]))).toEqual([
    [251, `reading it was given up: ${why}`],
  ])
  expect(rows.map(({ id, text: own }) => own === `the ${id - 1}th`).filter((isOwn) => !isOwn).length).toBe(1)
  expect(match('399th')).toEqual([400])
})

test('an indexer that is told to stop while another thread reads ahead keeps what it has written', async () => {
  const path = await storeOf(
    Array.from({ length: 400 }, (_, index) => (index === 250 ? 'stop here' : `the ${index}th`)),
  )
  const { indexed, pending } = await indexStore(path, { threadUrl: aheadThread })
  expect([indexed + pending, readIndex(path).rows.length, pending > 0]).toEqual([400, indexed, true])
  expect(await indexStore(path)).toEqual({ indexed: pending, pending: 0 })
})

test('a parser that throws costs one message its text, and says why', async () => {
  const path = await storeOf(['one', 'throw', 'three'])
  await indexStore(path, { threadUrl: oddThread })
  expect(readIndex(path).rows.map(({ trouble }) => trouble)).toEqual([null, 'the parser was told to throw', null])
})

test('F89 a content whose octets are damaged is indexed as far as it can be, and named', async () => {
  const text = letter('long', 'The same line again. '.repeat(4000))
  const path = await storeOf([text, letter('short', 'after it')])
  const facts = new Sqlite(path)
  facts.prepare(`UPDATE content SET data = x'0102030405' WHERE id = 1`).run()
  facts.close()
  expect(await indexStore(path)).toEqual({ indexed: 2, pending: 0 })
  const { rows, match } = readIndex(path)
  expect(rows[0]?.trouble).toMatch(/could not unpack/)
  expect(match('after')).toEqual([2])
})

test('what an older parser has read is read again when that is asked for, and nothing is found twice', async () => {
  const path = await storeOf([letter('Minutes', 'agreed'), letter('Plans', 'changed')])
  await indexStore(path)
  expect(await indexStore(path, { threadUrl: oddThread })).toEqual({ indexed: 0, pending: 0 })
  await indexStore(path, { threadUrl: oddThread, renewal: 'stale' })
  const { rows, match } = readIndex(path)
  expect(rows.map(({ subject, version }) => [subject, version])).toEqual([
    ['read by the next version', parserVersion + 1],
    ['read by the next version', parserVersion + 1],
  ])
  expect(match('version')).toEqual([1, 2])
  expect(match('subject: minutes')).toEqual([])
  expect(match('agreed')).toEqual([1])
})

test('an index that is made anew is the one that was made at once', async () => {
  const path = await storeOf([letter('Minutes', 'agreed'), letter('Plans', 'changed')])
  await indexStore(path, { threadUrl: oddThread })
  await indexStore(path, { renewal: 'all' })
  const again = readIndex(path)
  const fresh = await storeOf([letter('Minutes', 'agreed'), letter('Plans', 'changed')])
  await indexStore(fresh)
  const once = readIndex(fresh)
  expect([again.watermark, again.rows]).toEqual([once.watermark, once.rows])
  expect(again.match('read')).toEqual([])
})

test('a missing index is made; one of another program is refused and the store is untouched', async () => {
  const path = await storeOf(['one'])
  const index = new Sqlite(indexPathOf(path))
  index.pragma('application_id = 7')
  index.close()
  await expect(indexStore(path, { renewal: 'all' })).rejects.toMatchObject({ code: 'STORE_FOREIGN' })
})

test('F11 two indexers do not work on one index: the second names the first', async () => {
  const path = await storeOf(['one', 'never end'])
  const first = openIndexer(path, { threadUrl: oddThread, longestReadingMs: 2000 })
  const ended = first.finish(new AbortController().signal)
  const second = async (): Promise<unknown> => {
    for (;;) {
      // Until the first has begun.
      const tried = await indexStore(path, { renewal: 'stale' }).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (tried !== undefined) return tried
    }
  }
  expect(await second()).toMatchObject({ code: 'STORE_LOCKED' })
  expect(await ended).toMatchObject({ pending: 0 })
})

/** Contents by thread, as lists of numbers. */
async function threadsOf(texts: readonly string[]): Promise<readonly (readonly number[])[]> {
  const path = await storeOf(texts)
  await indexStore(path)
  const threads = Map.groupBy(readIndex(path).rows, ({ thread }) => thread)
  return [...threads.values()].map((rows) => rows.map(({ id }) => id))
}

const reply = (id: string, references: string): string =>
  `Message-ID: <${id}@x>\r\nReferences: ${references}\r\n\r\n${id} answers\r\n`

test('messages that refer to each other are one thread, in whatever order they came', async () => {
  const root = 'Message-ID: <a@x>\r\n\r\nroot\r\n'
  const letters = [root, reply('b', '<a@x>'), reply('c', '<a@x> <b@x>'), reply('z', '<y@x>')]
  expect(await threadsOf(letters)).toEqual([[1, 2, 3], [4]])
  expect(await threadsOf(letters.toReversed())).toEqual([[1], [2, 3, 4]])
})

test('two threads become one when a message refers to both', async () => {
  const letters = [reply('b', '<a@x>'), reply('d', '<c@x>'), reply('e', '<a@x> <c@x>'), 'Subject: alone\r\n\r\n\r\n']
  expect(await threadsOf(letters)).toEqual([[1, 2, 3], [4]])
})

test('F83 messages of one Message-ID are one thread and stay three messages', async () => {
  const same = ['one', 'two', 'three'].map((text) => `Message-ID: <same@x>\r\n\r\n${text}\r\n`)
  expect(await threadsOf(same)).toEqual([[1, 2, 3]])
})

test('F100 messages that the server puts into one thread are one, of each account by itself', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    const inbox = await openMailbox(store, 'INBOX')
    const threads = ['18', '18', '19', undefined]
    await commitBatch(store, inbox.id, {
      messages: threads.map((threadId, index) => [
        messageRow(index + 1, { threadId }),
        `Subject: ${index}\r\n\r\n\r\n`,
      ]),
    })
  })
  await indexStore(path)
  const threads = Map.groupBy(readIndex(path).rows, ({ thread }) => thread)
  expect([...threads.values()].map((rows) => rows.map(({ id }) => id))).toEqual([[1, 2], [3], [4]])
})
