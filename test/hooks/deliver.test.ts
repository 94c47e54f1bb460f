import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { startReceiver } from '../delivery/hook-receiver.ts'
import { indexStore } from '../store/indexed-store.ts'
import { message, messageRow } from '../store/sample-mail.ts'
import type { Message } from '../store/sample-mail.ts'
import { temporaryStorePath } from '../store/sample-store.ts'
import { hooksOf, hookTo, messagesTo, seqsFrom, startCourier, tell, writeMessages } from './hooked-store.ts'

const hour = 3_600_000

test('10,000 changes arrive in the order of commits, each once, in bounded deliveries', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(10_000))
  const receiver = await startReceiver()
  const { results } = await tell({ path, store, hooks: [hookTo(receiver.url)] })
  expect(receiver.taken).toEqual(seqsFrom(1, 10_002))
  expect([receiver.told.length, Math.max(...receiver.told.map(({ seqs }) => seqs.length))]).toEqual([101, 100])
  expect(results).toEqual([
    { hook: 'archive', delivered: 10_002, givenUp: 0, behind: 0, condition: 'ready', trouble: undefined },
  ])
})

test('a new hook begins at the present end of the log, and can be taken back', async () => {
  const path = temporaryStorePath()
  await writeMessages(path, messagesTo(3))
  const store = await hooksOf(path)
  const receiver = await startReceiver()
  await tell({ path, store, hooks: [hookTo(receiver.url)] })
  expect(receiver.told).toEqual([])
  await store.rewind('archive', 3, 1)
  await tell({ path, store, hooks: [hookTo(receiver.url)] })
  expect(receiver.taken).toEqual([4, 5])
})

test('a hook that hangs delays no other one, and is given up for this time', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive', 'slow'], 1)
  await writeMessages(path, messagesTo(50))
  const quick = await startReceiver()
  const hung = Promise.withResolvers<undefined>()
  const slow = await startReceiver({
    answer: () => {
      hung.resolve(undefined)
      return undefined
    },
  })
  const courier = startCourier({ path, store, hooks: [hookTo(slow.url, { name: 'slow' }), hookTo(quick.url)] })
  await hung.promise
  const cursorOf = async (name: string): Promise<number> => (await store.state(name))?.cursor ?? 0
  while ((await cursorOf('archive')) < 52) await new Promise((resolve) => setImmediate(resolve))
  const results = await courier.finish({ limitMs: 0, pauseMs: 0 })
  expect(results.map(({ hook, behind }) => [hook, behind])).toEqual([
    ['slow', 52],
    ['archive', 0],
  ])
  const { cursor, condition, outages, lastError } = (await store.state('slow')) ?? {}
  expect({ cursor, condition, outages, lastError }).toEqual({
    cursor: 0,
    condition: 'outage',
    outages: 1,
    lastError: 'it had not answered when there was no more time',
  })
})

test('one change that is refused is found among the others, given up after an hour, and the rest arrives', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(200))
  const receiver = await startReceiver({ answer: ({ seqs }) => (seqs.includes(42) ? 404 : 200) })
  let nowMs = 1_800_000_000_000
  const hooks = [hookTo(receiver.url)]
  const first = await tell({ path, store, hooks, nowMs: () => nowMs })
  expect([first.results[0]?.condition, receiver.taken]).toEqual(['refused', seqsFrom(1, 41)])
  for (let attempt = 0; attempt < 8; attempt++) {
    nowMs += 400_000
    await tell({ path, store, hooks, nowMs: () => nowMs })
  }
  expect([receiver.taken.length, await store.deadLetters()]).toEqual([41, []])
  nowMs += hour
  const last = await tell({ path, store, hooks, nowMs: () => nowMs })
  expect(receiver.taken).toEqual(seqsFrom(1, 202).filter((seq) => seq !== 42))
  expect(last.results[0]).toEqual({
    hook: 'archive',
    delivered: 160,
    givenUp: 1,
    behind: 0,
    condition: 'ready',
    trouble: undefined,
  })
  const letter = { hook: 'archive', seq: 42, reason: 'the answer was HTTP status 404', atMs: nowMs, isWanted: false }
  expect(await store.deadLetters()).toEqual([letter])
})

test('what was given up is delivered again when somebody asks for it, and stays where it is refused again', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await writeMessages(path, messagesTo(5))
  await store.rewind('archive', 3, 1)
  await store.bury('archive', { cursor: 3, atMs: 1 }, { seq: 4, reason: 'no' })
  await store.bury('archive', { cursor: 4, atMs: 1 }, { seq: 5, reason: 'no' })
  const receiver = await startReceiver({ answer: ({ seqs }) => (seqs.includes(5) ? 410 : 200) })
  const hooks = [hookTo(receiver.url)]
  await tell({ path, store, hooks })
  expect(receiver.taken).toEqual([6, 7])
  expect(await store.wake('archive', true, 1)).toBe(2)
  await tell({ path, store, hooks, nowMs: () => 9 })
  expect(receiver.taken).toEqual([6, 7, 4])
  const reason = 'the answer was HTTP status 410'
  expect(await store.deadLetters()).toEqual([{ hook: 'archive', seq: 5, reason, atMs: 9, isWanted: false }])
})

test('a receiver that is away for days loses nothing: nothing is given up, and all arrives when it is back', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(1000))
  const { port, stop } = await startReceiver()
  await stop()
  let nowMs = 1_800_000_000_000
  const hooks = [hookTo(`http://127.0.0.1:${port}/x`)]
  for (let attempt = 0; attempt < 30; attempt++) {
    await tell({ path, store, hooks, nowMs: () => nowMs })
    nowMs += 2 * hour
  }
  expect([await store.deadLetters(), (await store.state('archive'))?.outages]).toEqual([[], 30])
  const back = await startReceiver({ port })
  await tell({ path, store, hooks, nowMs: () => nowMs })
  expect(back.taken).toEqual(seqsFrom(1, 1002))
})

test('a receiver that answers 500 is left alone until its pause is over', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(5))
  let status = 500
  const receiver = await startReceiver({ answer: () => status })
  const hooks = [hookTo(receiver.url)]
  let nowMs = 1_800_000_000_000
  const telling = { path, store, hooks, nowMs: () => nowMs }
  await tell(telling)
  await tell(telling)
  expect(receiver.told.length).toBe(1)
  nowMs += 1001
  status = 200
  await tell(telling)
  expect(receiver.taken).toEqual(seqsFrom(1, 7))
})

const letter = (uid: number, subject: string): Message => [messageRow(uid), `Subject: ${subject}\r\n\r\nHello\r\n`]

test('a query is asked of the messages, a glob of the mailbox, kinds of the change; the rest is passed over', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['query', 'glob', 'kinds'], 1)
  await writeMessages(path, [letter(1, 'invoice 1'), letter(2, 'other'), letter(3, 'invoice 2')])
  await writeMessages(path, [letter(1, 'invoice 3')], 'Archive/2019')
  await indexStore(path)
  const receiver = await startReceiver()
  const heard = async (name: string, filter: object): Promise<readonly number[]> => {
    const from = receiver.taken.length
    const { results } = await tell({ path, store, hooks: [hookTo(receiver.url, { name, ...filter })] })
    expect(results[0]?.behind).toBe(0)
    return receiver.taken.slice(from)
  }
  expect(await heard('query', { query: 'subject:invoice' })).toEqual([3, 5, 8])
  expect(await heard('glob', { mailbox: 'Archive/*' })).toEqual([6, 7, 8])
  expect(await heard('kinds', { kinds: ['epoch-started'] })).toEqual([2, 7])
  expect(JSON.parse(receiver.told[0]?.body ?? '')).toMatchObject({
    changes: [{ seq: 3, message: { id: 1, subject: 'invoice 1' } }, { seq: 5 }, { seq: 8, mailbox: 'Archive/2019' }],
  })
})

test('what the index has not reached is not told to a hook with a query, nor lost to it', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, [message(1)])
  await indexStore(path)
  await writeMessages(path, [message(2), message(3)], 'Later')
  const receiver = await startReceiver()
  const hooks = [hookTo(receiver.url, { query: 'subject:number' })]
  const { results } = await tell({ path, store, hooks })
  expect([receiver.taken, results[0]?.condition, results[0]?.behind]).toEqual([[3], 'waiting', 2])
  await indexStore(path)
  await tell({ path, store, hooks })
  expect(receiver.taken).toEqual([3, 6, 7])
})

test('who moves a cursor while changes are under way is not overruled', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  const other = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(5))
  let isFirst = true
  const receiver = await startReceiver({
    answer: (_, response) => {
      if (!isFirst) return 200
      isFirst = false
      void other.rewind('archive', 5, 1).then(() => response.writeHead(200).end())
      return undefined
    },
  })
  await tell({ path, store, hooks: [hookTo(receiver.url)] })
  expect(receiver.told.map(({ seqs }) => seqs)).toEqual([seqsFrom(1, 7), [6, 7]])
})

test('hostile names of hooks and mailboxes arrive as they are, and break out of nothing', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  const name = 'x\r\nEvil: 1\u202e/../é"'
  await store.register([name], 1)
  const mailbox = '"},{"seq":1}\n\u001b[2J'
  await writeMessages(path, [message(1)], mailbox)
  const receiver = await startReceiver()
  await tell({ path, store, hooks: [hookTo(receiver.url, { name })] })
  const [told] = receiver.told
  expect(JSON.parse(told?.body ?? '')).toMatchObject({ hook: name, changes: [{ mailbox }, { mailbox }, { mailbox }] })
  expect([told?.headers['evil'], told?.headers['x-mailmirror-delivery']]).toEqual([
    undefined,
    'x%0D%0AEvil%3A%201%E2%80%AE%2F..%2F%C3%A9%22/mail/1-3',
  ])
})

test('one process tells the hooks of a store', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  const other = await hooksOf(path)
  const lock = await store.lock()
  expect(await other.lock()).toBeUndefined()
  lock?.[Symbol.dispose]()
  const next = await other.lock()
  expect(next).not.toBeUndefined()
  next?.[Symbol.dispose]()
})

test("what is under way when somebody interrupts us is nobody else's fault", async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(5))
  const interruption = new AbortController()
  const receiver = await startReceiver({
    answer: () => {
      interruption.abort()
      return undefined
    },
  })
  const { results } = await tell({ path, store, hooks: [hookTo(receiver.url)], signal: interruption.signal })
  expect(results).toEqual([
    { hook: 'archive', delivered: 0, givenUp: 0, behind: 7, condition: 'ready', trouble: undefined },
  ])
})

test('trouble with the store ends no loop that may go on later, and is told at the end', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(3))
  const full = new AppError({ code: 'STORE_FULL', message: 'could not write' })
  const left = { failures: 2 }
  const failing = {
    ...store,
    changesAfter: (seq: number, limit: number) =>
      left.failures-- > 0 ? Promise.reject(full) : store.changesAfter(seq, limit),
  }
  const receiver = await startReceiver()
  const telling = { path, store: failing, hooks: [hookTo(receiver.url)] }
  await expect(tell(telling)).rejects.toBe(full)
  const courier = startCourier(telling)
  while (left.failures > 0) await new Promise((resolve) => setImmediate(resolve))
  courier.notify()
  await courier.finish({ limitMs: Infinity, pauseMs: Infinity })
  expect(receiver.taken).toEqual(seqsFrom(1, 5))
})

test('a message that was added is the one that came then, whatever lies in its place now', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await writeMessages(path, [message(1), message(2)])
  const editor = new Sqlite(path)
  editor.exec('UPDATE placement SET content = 2 WHERE uid = 1')
  editor.close()
  const contents = (await store.changesAfter(0, 10)).map(({ content }) => content)
  expect(contents).toEqual([undefined, undefined, 1, 2])
})

test('a receiver that comes to grief over one change gets all others once that is found out and given up', async () => {
  const path = temporaryStorePath()
  const store = await hooksOf(path)
  await store.register(['archive'], 1)
  await writeMessages(path, messagesTo(20))
  const receiver = await startReceiver({ answer: ({ seqs }) => (seqs.includes(9) ? 500 : 200) })
  let nowMs = 1_800_000_000_000
  const telling = { path, store, hooks: [hookTo(receiver.url)], nowMs: () => nowMs }
  for (let attempt = 0; attempt < 24; attempt++) {
    await tell(telling)
    nowMs += hour
  }
  expect([receiver.taken, await store.deadLetters()]).toEqual([seqsFrom(1, 8), []])
  for (let attempt = 0; attempt < 6; attempt++) {
    await tell(telling)
    nowMs += hour
  }
  expect(receiver.taken).toEqual(seqsFrom(1, 22).filter((seq) => seq !== 9))
  expect((await store.deadLetters()).map(({ seq, reason }) => [seq, reason])).toEqual([
    [9, 'the answer was HTTP status 500'],
  ])
})
