import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { startReceiver } from '../delivery/hook-receiver.ts'
import { seqsFrom } from '../hooks/hooked-store.ts'
import { addHook, listedHooks } from '../support/hooked-home.ts'
import { homeAt, letterOf, mailOf, mirrorOf } from '../support/mirrored-home.ts'
import { startCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'

test('a sync tells programs and web servers of what it does, with what is known of new messages', async () => {
  const mail = mailOf({ INBOX: [letterOf('one'), letterOf('two')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const receiver = await startReceiver()
  const out = join(home.home, 'out')
  addHook(home, 'web', { url: receiver.url, kinds: ['message-added'] })
  addHook(home, 'program', { command: ['/bin/sh', '-c', 'cat >>"$1"', 'sh', out], query: 'subject:two' })
  const first = await home.run('sync', '-q')
  expect([first.status, first.stderr]).toEqual([0, ''])
  expect(receiver.taken).toEqual([3, 4])
  const [line = ''] = readFileSync(out, 'utf8').trim().split('\n')
  expect(JSON.parse(line)).toMatchObject({ kind: 'message-added', mailbox: 'INBOX', message: { subject: 'two' } })
  mail.append('INBOX', Buffer.from(letterOf('two again')))
  await home.run('sync', '-q')
  expect(receiver.taken).toEqual([3, 4, 5])
  expect(readFileSync(out, 'utf8').trim().split('\n').length).toBe(2)
  expect((await listedHooks(home)).map(({ name, state, behind }) => [name, state, behind])).toEqual([
    ['web', 'ready', 0],
    ['program', 'ready', 0],
  ])
  const log = await home.run('log')
  expect(log.stdout.split('\n').filter((entry) => entry !== '').length).toBe(5)
})

test('a hook that hangs holds up neither what a sync says nor the next sync', async () => {
  const mail = mailOf({ INBOX: [letterOf('one')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const answers: ServerResponse[] = []
  const receiver = await startReceiver({ answer: (_, response) => void answers.push(response) })
  addHook(home, 'slow', { url: receiver.url })
  const { promise: finished, resolve } = Promise.withResolvers<void>()
  const first = startCommand(home.args('sync', '--json'))
  first.onLine = (line) => {
    if (line.includes('"sync-finished"')) resolve()
  }
  await finished
  mail.append('INBOX', Buffer.from(letterOf('two')))
  expect(await home.run('sync', '-q')).toMatchObject({ status: 0 })
  expect(first.child.exitCode).toBeNull()
  for (const answer of answers) answer.writeHead(200).end()
  expect(await first.ended).toMatchObject({ status: 0 })
})

test('flush, retry, rewind and drop do what they say, and say how it went', async () => {
  const home = await mirrorOf(mailOf({ INBOX: [letterOf('one')] }))
  let status = 500
  const receiver = await startReceiver({ answer: () => status })
  addHook(home, 'archive', { url: receiver.url })
  const run = async (...args: readonly string[]): Promise<readonly [number | null, string]> => {
    const ended = await home.run('hooks', ...args)
    return [ended.status, ended.stderr.replaceAll(/\d+-\d+-\d+ \d+:\d+/g, 'DATE')]
  }
  expect(await run('rewind', 'archive', '--since', '0')).toEqual([
    0,
    'mailmirror: hook "archive" goes on after change 0 of 3\n',
  ])
  expect(await run('flush')).toEqual([
    75,
    'mailmirror: hook "archive" is behind by 3 changes: the answer was HTTP status 500\n',
  ])
  expect(await run('flush')).toEqual([
    75,
    'mailmirror: hook "archive" is behind by 3 changes: the answer was HTTP status 500\n',
  ])
  expect(receiver.told.length).toBeLessThanOrEqual(2)
  status = 404
  expect(await run('retry', 'archive')).toEqual([
    1,
    'mailmirror: hook "archive" is behind by 3 changes: the answer was HTTP status 404\n',
  ])
  status = 200
  expect(await run('retry')).toEqual([0, 'mailmirror: hook "archive": 3 changes delivered\n'])
  expect(receiver.taken).toEqual([1, 2, 3])
  await run('rewind', 'archive', '--since', '1')
  expect(await run('drop', 'archive')).toEqual([
    0,
    'mailmirror: hook "archive": 2 waiting changes and 0 dead letters dropped\n',
  ])
  expect(await run('flush')).toEqual([0, 'mailmirror: hook "archive": 0 changes delivered\n'])
  expect((await run('retry', 'other'))[0]).toBe(66)
  expect((await run('rewind', 'archive', '--since', 'soon'))[0]).toBe(64)
})

test('a hook that the config has no more is listed until it is dropped', async () => {
  const home = await mirrorOf(mailOf({ INBOX: [letterOf('one')] }))
  const before = readFileSync(home.config, 'utf8')
  addHook(home, 'archive', { command: ['/bin/true'] })
  await home.run('hooks', 'flush')
  writeFileSync(home.config, before)
  expect((await listedHooks(home)).map(({ name, state }) => [name, state])).toEqual([['archive', 'not in the config']])
  expect((await home.run('hooks', 'drop', 'archive')).status).toBe(0)
  expect(await listedHooks(home)).toEqual([])
})

test('S08 no secret of a hook is in any output or in the store', async () => {
  const home = await mirrorOf(mailOf({ INBOX: [letterOf('one')] }))
  const failing = await startReceiver({ answer: () => 403 })
  const gone = await startReceiver()
  await gone.stop()
  addHook(home, 'failing', { url: `${failing.url}/canary-path?token=canary-token`, secret: 'canary-secret' })
  addHook(home, 'gone', { url: `${gone.url}/canary-path`, secret: 'canary-secret' })
  addHook(home, 'program', { command: ['/bin/sh', '-c', 'exit 3', 'canary-argument'] })
  for (const name of ['failing', 'gone', 'program']) await home.run('hooks', 'rewind', name, '--since', '0')
  const outputs: string[] = []
  for (const args of [
    ['hooks', 'flush', '-vv', '--debug'],
    ['hooks', 'retry', '-vv', '--json'],
    ['hooks', 'list', '-vv'],
    ['hooks', 'list', '--json'],
    ['sync', '-vv', '--debug'],
    ['hooks', 'drop', 'program', '-v'],
  ]) {
    const { stdout, stderr } = await home.run(...args)
    outputs.push(stdout, stderr)
  }
  const text = outputs.join('')
  expect([text.includes('403'), text.includes('ECONNREFUSED'), text.includes('exit status 3')]).toEqual([
    true,
    true,
    true,
  ])
  const files = readdirSync(home.home).filter((name) => name.startsWith('mail'))
  const stored = files.map((name) => readFileSync(join(home.home, name), 'latin1')).join('')
  expect([/canary/.exec(text), /canary/.exec(stored)]).toEqual([null, null])
})

test('what a program prints is shown with -v, made safe, and not without', async () => {
  const home = await mirrorOf(mailOf({ INBOX: [letterOf('one')] }))
  addHook(home, 'loud\u001b[2J', { command: ['/bin/sh', '-c', String.raw`printf 'hello\033[31m\n'`] })
  const flush = async (...args: readonly string[]): Promise<string> => {
    await home.run('hooks', 'rewind', 'loud\u001b[2J', '--since', '0')
    return (await home.run('hooks', 'flush', ...args)).stderr
  }
  expect(await flush()).toBe('mailmirror: hook "loud\\x1b[2J": 3 changes delivered\n')
  expect(await flush('-v')).toContain('mailmirror: hook "loud\\x1b[2J" says: hello\\x1b[31m\n')
})

test('a hook whose query is wrong is told of, and costs neither the sync nor other hooks anything', async () => {
  const mail = mailOf({ INBOX: [letterOf('one')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const receiver = await startReceiver()
  addHook(home, 'wrong', { command: ['/bin/true'], query: '(subject:one' })
  addHook(home, 'good', { url: receiver.url })
  const { status, stderr } = await home.run('sync', '-q')
  expect([status, receiver.taken, stderr.includes('hooks were not told')]).toEqual([0, seqsFrom(1, 3), true])
})

test('config check names a hook whose query cannot be read, before anything is told', async () => {
  const home = homeAt()
  addHook(home, 'good', { command: ['/bin/true'], query: 'from:ada larger:1M' })
  addHook(home, 'my hook', { command: ['/bin/true'], query: 'subject:(tea' })
  const { status, stderr } = await home.run('config', 'check')
  expect(status).toBe(78)
  expect(stderr).toContain(`${home.config} is invalid: hooks."my hook".query: the query cannot be read at offset`)
  addHook(home, 'third', { command: ['/bin/true'], query: 'larger:much' })
  const both = await home.run('config', 'check', '--json')
  expect(both.status).toBe(78)
  expect(both.stderr).toMatch(/"code":"CONFIG_INVALID".*has 2 problems:.*my hook.*hooks\.\\"third\\"\.query/)
})
