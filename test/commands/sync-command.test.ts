import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MailStore } from '../../src/demo/mail-store.ts'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult, RunningCommand } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { expectSafe } from '../ui/hostile-text.ts'

/** Longer than any test: a server that answers nothing any more. */
const stalledMs = 600_000

function mail(messages = 3): MailStore {
  const store = new MailStore()
  store.createMailbox('Archive/2019')
  for (let index = 1; index <= messages; index++) {
    store.append('INBOX', Buffer.from(`Subject: ${index}\r\nFrom: ada@example.org\r\n\r\nHello ${index}\r\n`))
  }
  return store
}

function serve(store: MailStore, latencyMs = 0): Promise<DemoServer> {
  return startDemoServer({ store, users: { ada: password }, latencyMs })
}

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
}

/** Starts a sync that hangs on its server, and waits until it has begun. */
async function startStalled(config: string, ...more: readonly string[]): Promise<RunningCommand> {
  const running = startCommand(['-c', config, 'sync', '--json', ...more])
  await new Promise<void>((resolve) => {
    running.onLine = () => resolve()
  })
  return running
}

test('off a terminal a sync that is complete prints one line to stderr and ends with 0', async () => {
  await using server = await serve(mail())
  const { config } = writeHome(temporaryDirectory(), server.port)
  const first = await runCommand(['sync', '-c', config])
  expect(first).toMatchObject({ status: 0, stdout: '' })
  expect(first.stderr).toMatch(/^mailmirror: 1 account, 2 mailboxes complete, 3 new messages \(\d+ B\), in \d.*\n$/)
  const second = await runCommand(['-c', config, 'sync'])
  expect(second.stderr).toMatch(/^mailmirror: 1 account, 2 mailboxes complete, 0 new messages, in \d.*\n$/)
  expect(await runCommand(['-c', config, 'sync', '-q'])).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('--json writes events to stdout, sync-finished last, with the shape of the contract', async () => {
  await using server = await serve(mail())
  const { config } = writeHome(temporaryDirectory(), server.port)
  const { status, stdout, stderr } = await runCommand(['-c', config, 'sync', '--json', 'ada/INBOX'])
  expect([status, stderr]).toEqual([0, ''])
  for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ v: 1 })
  expect(lastLine(stdout)).toMatchObject({
    v: 1,
    type: 'sync-finished',
    complete: true,
    accounts: [
      {
        name: 'ada',
        outcome: 'complete',
        mailboxes: [
          {
            path: 'INBOX',
            serverMessages: 3,
            messages: 3,
            newMessages: 3,
            flagChanges: 0,
            removed: 0,
            failed: [],
            complete: true,
          },
        ],
      },
    ],
  })
})

test('a rejected login is exit 77, and says what to do', async () => {
  await using server = await serve(mail())
  const { config } = writeHome(temporaryDirectory(), server.port)
  const { status, stderr } = await runCommand(['-c', config, 'sync', '--json'], { ADA_PASSWORD: 'wrong' })
  expect(status).toBe(77)
  expect(stderr).toMatch(/^mailmirror: ada: .*\n {2}\S/)
  expect(lastLine(stderr)).toMatchObject({ v: 1, error: { code: 'LOGIN_REJECTED' }, exit: 77 })
})

test('accounts that end differently are exit 1, and the JSON names each', async () => {
  await using server = await serve(mail())
  const other = `[accounts.bob]
email = "bob@example.org"
imap = { host = "127.0.0.1", port = ${server.port}, security = "none", user = "bob", password = { env = "ADA_PASSWORD" } }
`
  const { config } = writeHome(temporaryDirectory(), server.port, other)
  const { status, stdout, stderr } = await runCommand(['-c', config, 'sync', '--json'])
  expect(status).toBe(1)
  expect(lastLine(stdout)).toMatchObject({
    complete: false,
    accounts: [
      { name: 'ada', outcome: 'complete' },
      { name: 'bob', outcome: 'failed', error: { code: 'LOGIN_REJECTED' } },
    ],
  })
  expect(lastLine(stderr)).toMatchObject({ error: { code: 'INCOMPLETE' }, exit: 1 })
})

test('a dry run prints its plan, makes no store and ends with 0', async () => {
  await using server = await serve(mail())
  const home = temporaryDirectory()
  const { config, store } = writeHome(home, server.port)
  const { status, stdout, stderr } = await runCommand(['-c', config, 'sync', '--dry-run'])
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^Mailbox .*\nada\/INBOX +3 +0 +3 +first +not mirrored yet\n/)
  expect(existsSync(store)).toBe(false)
})

test('a mailbox that the server does not have is exit 66', async () => {
  await using server = await serve(mail())
  const { config } = writeHome(temporaryDirectory(), server.port)
  const { status, stderr } = await runCommand(['-c', config, 'sync', '-q', 'ada/Nope', 'ada/Archive/*'])
  expect(status).toBe(66)
  expect(stderr).toContain('no mailbox "ada/Nope" on the server')
})

test('--max-time ends the run with 1 and "complete":false', async () => {
  await using server = await serve(mail(), stalledMs)
  const { config } = writeHome(temporaryDirectory(), server.port)
  const { status, stdout, stderr } = await runCommand(['-c', config, 'sync', '--json', '--max-time', '50ms'])
  expect(status).toBe(1)
  expect(lastLine(stdout)).toMatchObject({ type: 'sync-finished', complete: false })
  expect(stderr).toContain('stopped before it was complete')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('F13: %s ends the run with %i, after its last event', async (signal, exit) => {
  await using server = await serve(mail(), stalledMs)
  const { config } = writeHome(temporaryDirectory(), server.port)
  const running = await startStalled(config)
  running.child.kill(signal)
  const { status, signal: killedBy, stdout, stderr } = await running.ended
  expect([status, killedBy]).toEqual([exit, null])
  expect(lastLine(stdout)).toMatchObject({ type: 'sync-finished', complete: false })
  expect(lastLine(stderr)).toMatchObject({ exit })
})

test('F11: a second sync of the same store is exit 75 and names the first', async () => {
  await using server = await serve(mail(), stalledMs)
  const { config } = writeHome(temporaryDirectory(), server.port)
  const running = await startStalled(config)
  const second = await runCommand(['-c', config, 'sync', '--json'])
  expect(second.status).toBe(75)
  expect(lastLine(second.stderr)).toMatchObject({ error: { code: 'STORE_LOCKED' }, exit: 75 })
  expect(second.stderr).toContain(String(running.child.pid))
  const waiting = await runCommand(['-c', config, 'sync', '--wait', '--max-time', '50ms'])
  expect(waiting.status).toBe(75)
  running.child.kill('SIGTERM')
  await running.ended
})

test('SIGUSR1 opens no debugger: it is answered with one line, and the run goes on', async () => {
  await using server = await serve(mail(), stalledMs)
  const { config } = writeHome(temporaryDirectory(), server.port)
  const running = await startStalled(config)
  const answered = new Promise((resolve) => running.child.stderr?.once('data', resolve))
  running.child.kill('SIGUSR1')
  await answered
  running.child.kill('SIGTERM')
  const { status, stderr } = await running.ended
  expect(status).toBe(143)
  expect(stderr).toMatch(/^mailmirror: process \d+ has been running for \d+ s: -c \S+ sync --json\n/)
  expect(stderr).not.toContain('Debugger')
})

test('F13: when nobody reads the events any more, the run stops, without a word', async () => {
  await using server = await serve(mail(5000))
  const { config } = writeHome(temporaryDirectory(), server.port)
  const running = await startStalled(config, '-vv')
  running.child.stdout?.destroy()
  const { signal, stderr } = await running.ended
  expect([signal, stderr]).toEqual([null, ''])
})

test('S06: with certificates unchecked by the environment no command runs: exit 76', async () => {
  await using server = await serve(mail())
  const { config } = writeHome(temporaryDirectory(), server.port)
  const hostile = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  expect(await runCommand(['-c', config, 'sync'], hostile)).toMatchObject({ status: 76, stdout: '' })
  expect(await runCommand(['sync', '--help'], hostile)).toMatchObject({ status: 0, stderr: '' })
  expect(server.commands).toEqual([])
})

test('S14: whatever a server calls its mailboxes, every way of showing a sync is safe', async () => {
  const store = mail()
  for (const path of ['\u001b[2J', 'a\u202eb', 'zero\u200bwidth', 'bell\u0007', '日本\u009b31m', 'tag\u{e0041}']) {
    store.createMailbox(path)
    store.append(path, Buffer.from('Subject: x\r\n\r\n'))
  }
  await using server = await serve(store)
  const home = temporaryDirectory()
  const { config } = writeHome(home, server.port)
  const ways = [['--dry-run'], ['-vv'], ['--json', '--full'], ['--progress=tty', '--color=always', '-vv', '--full'], []]
  const results: CommandResult[] = []
  for (const way of ways) results.push(await runCommand(['-c', config, 'sync', ...way]))
  results.push(await runCommand(['-c', config, 'status']), await runCommand(['-c', config, 'log']))
  for (const { status, stdout, stderr } of results) {
    expect(status).toBe(0)
    expectSafe(stdout)
    expectSafe(stderr.replaceAll('\r', ''), { allowEscapes: true })
  }
  expect(existsSync(join(home, 'mail.db'))).toBe(true)
})
