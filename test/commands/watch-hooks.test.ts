import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { startReceiver } from '../delivery/hook-receiver.ts'
import type { ToldChanges } from '../delivery/hook-receiver.ts'
import { seqsFrom } from '../hooks/hooked-store.ts'
import { addHook, listedHooks } from '../support/hooked-home.ts'
import { homeAt, letterOf, mailOf, mirrorOf } from '../support/mirrored-home.ts'
import { password } from '../support/run-sync.ts'
import { Watching } from '../support/watching.ts'

test('a watch tells hooks of what comes, with what the index knows of it', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const receiver = await startReceiver()
  addHook(home, 'web', { url: receiver.url, kinds: ['message-added'] })
  addHook(home, 'wanted', { url: receiver.url, query: 'subject:wanted' })
  const watching = new Watching(home)
  // A hook that is new is told of all that the first pass does.
  expect(await watching.next('changes-delivered')).toMatchObject({ hook: 'web', failures: 0, changes: 1, lastSeq: 3 })
  mail.append('INBOX', Buffer.from(letterOf('wanted')))
  const hooks = [await watching.next('changes-delivered'), await watching.next('changes-delivered')]
  expect(new Set(hooks.map(({ hook }) => hook))).toEqual(new Set(['wanted', 'web']))
  expect(receiver.taken).toEqual([3, 4, 4])
  expect(JSON.parse(receiver.told.at(-1)?.body ?? '')).toMatchObject({ changes: [{ message: { subject: 'wanted' } }] })
  expect((await watching.end('SIGTERM')).stderr).toBe('')
  expect((await listedHooks(home)).map(({ behind }) => behind)).toEqual([0, 0])
})

test('hooks that a config read anew adds, changes or takes away are so from then on', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const before = readFileSync(home.config, 'utf8')
  const [first, second] = [await startReceiver(), await startReceiver()]
  const watching = new Watching(home)
  await watching.next('account-finished')
  addHook(home, 'web', { url: first.url })
  watching.command.child.kill('SIGHUP')
  await watching.next('config-reloaded')
  await watching.next('hooks-began')
  mail.append('INBOX', Buffer.from(letterOf('second')))
  await watching.next('changes-delivered')
  writeFileSync(home.config, before)
  addHook(home, 'web', { url: second.url })
  watching.command.child.kill('SIGHUP')
  await watching.next('hooks-began')
  mail.append('INBOX', Buffer.from(letterOf('third')))
  await watching.next('changes-delivered')
  writeFileSync(home.config, before)
  watching.command.child.kill('SIGHUP')
  await watching.next('hooks-began')
  mail.append('INBOX', Buffer.from(letterOf('fourth')))
  await watching.next('new-mail')
  await watching.end('SIGTERM')
  expect([first.taken, second.taken]).toEqual([[4], [5]])
})

test('who is being told when the watch is ended may still answer, and is not told twice', async () => {
  const mail = mailOf({ INBOX: [letterOf('first')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const told: ToldChanges[] = []
  const receiver = await startReceiver({
    answer: (one, response) => {
      told.push(one)
      watching.command.child.kill('SIGTERM')
      const answerAtTheEnd = (): void => {
        if (server.openConnections > 0) setImmediate(answerAtTheEnd)
        else response.writeHead(204).end()
      }
      answerAtTheEnd()
      return undefined
    },
  })
  addHook(home, 'web', { url: receiver.url })
  const watching = new Watching(home)
  expect((await watching.command.ended).status).toBe(143)
  const last = told.at(-1)?.seqs.at(-1)
  expect((await listedHooks(home)).map(({ cursor }) => cursor)).toEqual([last])
})

test('a receiver that hangs keeps no watch from ending, and is asked again the next time', async () => {
  const home = await mirrorOf(mailOf({ INBOX: [letterOf('one')] }))
  const hung = Promise.withResolvers<undefined>()
  const receiver = await startReceiver({
    answer: () => {
      hung.resolve(undefined)
      return undefined
    },
  })
  addHook(home, 'web', { url: receiver.url })
  await home.run('hooks', 'rewind', 'web', '--since', '0')
  const watching = new Watching(home)
  await hung.promise
  expect((await watching.end('SIGTERM')).status).toBe(143)
  expect((await listedHooks(home)).map(({ state, cursor }) => [state, cursor])).toEqual([['ready', 0]])
})

test('hooks that another process tells are taken over when it has ended', async () => {
  const home = await mirrorOf(mailOf({ INBOX: [letterOf('one'), letterOf('two')] }))
  const asked = Promise.withResolvers<() => void>()
  let isFirst = true
  const receiver = await startReceiver({
    answer: (_, response) => {
      if (!isFirst) return 200
      isFirst = false
      asked.resolve(() => response.writeHead(200).end())
      return undefined
    },
  })
  addHook(home, 'web', { url: receiver.url })
  await home.run('hooks', 'rewind', 'web', '--since', '0')
  const flushing = home.run('hooks', 'flush')
  const answer = await asked.promise
  const watching = new Watching(home)
  await watching.next('watch-started')
  answer()
  expect((await flushing).status).toBe(0)
  await home.run('hooks', 'rewind', 'web', '--since', '2')
  expect(await watching.next('changes-delivered')).toMatchObject({ hook: 'web', changes: 2, lastSeq: 4 })
  await watching.end('SIGTERM')
  expect(receiver.told.map(({ seqs }) => seqs)).toEqual([seqsFrom(1, 4), [3, 4]])
})
