import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { expectSafe } from '../ui/hostile-text.ts'

const entry = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const hello = Buffer.from(
  'From: =?utf-8?q?Ada?= <ada@example.org>\r\nSubject: \u001b[2Jhello\r\n\r\nHello \u0000 octets \r\n',
)

interface Mirror {
  readonly config: string
  readonly home: string
  readonly run: (...args: readonly string[]) => Promise<CommandResult>
}

/** A home whose store has been synced once from these messages in INBOX. */
async function mirrorOf(messages: readonly Uint8Array[]): Promise<Mirror> {
  const store = new MailStore()
  for (const octets of messages) store.append('INBOX', octets, { flags: [String.raw`\Seen`] })
  await using server = await startDemoServer({ store, users: { ada: password } })
  const home = temporaryDirectory()
  const { config } = writeHome(home, server.port)
  expect(await runCommand(['-c', config, 'sync', '-q'])).toMatchObject({ status: 0, stderr: '' })
  return { config, home, run: (...args) => runCommand(['-c', config, ...args]) }
}

/** sha256 of what the program writes to stdout. */
async function hashOfOutput(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const hash = createHash('sha256')
  child.stdout.on('data', (chunk: Buffer) => hash.update(chunk))
  await once(child, 'close')
  expect(child.exitCode).toBe(0)
  return hash.digest('hex')
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

test('status says what is held, for people and for scripts', async () => {
  const { run, home } = await mirrorOf([hello])
  const people = await run('status')
  expect(people).toMatchObject({ status: 0, stderr: '' })
  expect(people.stdout).toMatch(/\nINBOX +1 +0 +0 +\d{4}-\d\d-\d\d \d\d:\d\d +complete\n/)
  const scripts = await run('status', '--json', 'ada')
  expect(JSON.parse(scripts.stdout)).toMatchObject({
    v: 1,
    accounts: [
      {
        name: 'ada',
        store: join(home, 'mail.db'),
        mailboxes: [{ path: 'INBOX', messages: 1, removed: 0, failed: 0, complete: true }],
      },
    ],
  })
})

test('status of an account that was never synced says so and is no error', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const people = await runCommand(['-c', config, 'status'])
  expect(people).toMatchObject({ status: 0, stderr: '' })
  expect(people.stdout).toContain('never synced: run `mailmirror sync ada`')
  const scripts = await runCommand(['-c', config, 'status', '--json'])
  expect(JSON.parse(scripts.stdout)).toMatchObject({ accounts: [{ name: 'ada', mailboxes: [] }] })
})

test('unknown accounts, mailboxes and messages are exit 66', async () => {
  const { run } = await mirrorOf([hello])
  for (const args of [
    ['status', 'bob'],
    ['status', 'ada/Nope'],
    ['show', '99'],
    ['show', 'sha256:0000'],
    ['log', 'bob'],
  ]) {
    expect(await run(...args)).toMatchObject({ status: 66, stdout: '' })
  }
})

test('show names a message by number or hash; --raw gives its exact octets', async () => {
  const { run, config } = await mirrorOf([hello])
  const page = await run('show', '1')
  expect(page).toMatchObject({ status: 0, stderr: '' })
  expect(page.stdout).toContain('From:     Ada <ada@example.org>\n')
  expectSafe(page.stdout)
  expect((await run('show', `sha256:${sha256(hello).slice(0, 8)}`)).stdout).toBe(page.stdout)
  expect(await hashOfOutput(['-c', config, 'show', '--raw', '1'])).toBe(sha256(hello))
  expect((await run('show', '1', '--headers')).stdout).toBe(
    'From: =?utf-8?q?Ada?= <ada@example.org>\nSubject: \\x1b[2Jhello\n',
  )
  expect(JSON.parse((await run('show', '1', '--json')).stdout)).toMatchObject({
    v: 1,
    id: 1,
    sha256: sha256(hello),
    octets: hello.length,
    flags: [String.raw`\Seen`],
    placements: [{ account: 'ada', mailbox: 'INBOX', uid: 1, removedAt: null }],
  })
})

test('show gives text and attachments, --part the decoded data of one, and exit 66 where there is none', async () => {
  const lines = ['Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'Good \u001b[2Jmorning', '--b']
  const attached = ['Content-Type: image/png; name="sun.png"', 'Content-Transfer-Encoding: base64', '', 'iVBORw0KGgo=']
  const { run, config } = await mirrorOf([Buffer.from([...lines, ...attached, '--b--', ''].join('\r\n'))])
  const page = await run('show', '1')
  expect(page.stdout).toContain('\nGood \\x1b[2Jmorning\n\nAttachments\n  2  sun.png  image/png  8 B\n')
  expect(await hashOfOutput(['-c', config, 'show', '1', '--part', '2'])).toBe(
    sha256(Buffer.from('iVBORw0KGgo=', 'base64')),
  )
  expect(await run('show', '1', '--part', '7')).toMatchObject({ status: 66, stdout: '' })
  expect(JSON.parse((await run('show', '1', '--json')).stdout)).toMatchObject({
    threadId: 1,
    attachments: [{ part: '2', name: 'sun.png', type: 'image/png', octets: 8 }],
    html: null,
  })
})

test('show --html writes a page with the pictures of the message, --attachments its files; one form at a time', async () => {
  const message = [
    'From: a@example.org',
    'Content-Type: multipart/related; boundary=b',
    '',
    '--b',
    'Content-Type: text/html',
    '',
    '<p>Good <b>morning</b><script>alert(1)</script><img src="cid:sun"></p>',
    '--b',
    'Content-Type: image/png; name="../sun.png"',
    'Content-ID: <sun>',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--b--',
  ]
  const { run, config } = await mirrorOf([Buffer.from(message.join('\r\n'))])
  const folder = dirname(config)
  const file = join(folder, 'one.html')
  expect(await run('show', '1', '--html', file)).toMatchObject({ status: 0, stdout: `${file}\n`, stderr: '' })
  const page = readFileSync(file, 'utf8')
  expect(page).toContain('<p>Good <b>morning</b><img src="data:image/png;base64,iVBORw0KGgo=" /></p>')
  expect((await run('show', '1', '--html', '-')).stdout).toBe(page)
  expect(await run('show', '1', '--html', join(folder, 'no', 'one.html'))).toMatchObject({ status: 74, stdout: '' })
  const saved = await run('show', '1', '--attachments', join(folder, 'files'), '--json')
  const path = join(folder, 'files', 'part-2-_sun.png')
  expect(JSON.parse(saved.stdout)).toEqual({ v: 1, files: [path] })
  expect(readFileSync(path)).toEqual(Buffer.from('iVBORw0KGgo=', 'base64'))
  expect(await run('show', '1', '--html', file, '--raw')).toMatchObject({ status: 64, stdout: '' })
})

test('show --thread gives the conversation of a message, answers below what they answer', async () => {
  const first = Buffer.from(
    'Message-ID: <a@x>\r\nFrom: a@x.org\r\nSubject: Tea\u001b[2J\r\nDate: 1 Oct 2026 10:00:00 +0000\r\n\r\n',
  )
  const answer = Buffer.from(
    'Message-ID: <b@x>\r\nIn-Reply-To: <a@x>\r\nFrom: b@x.org\r\nSubject: Re: Tea\r\nDate: 2 Oct 2026 10:00:00 +0000\r\n\r\n',
  )
  const { run } = await mirrorOf([answer, first, hello])
  const page = await run('show', '1', '--thread')
  expect(page.stdout).toMatch(/^ {2}2 .* a@x\.org {2}Tea\\x1b\[2J\n {2}\* 1 .* b@x\.org {2}Re: Tea\n$/)
  const lines = (await run('show', '2', '--thread', '--json')).stdout.trimEnd().split('\n')
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { id: 2, depth: 0, parent: null },
    { id: 1, depth: 1, parent: 2 },
  ])
})

test('show --raw gives 30 MB through a pipe, octet by octet', async () => {
  const large = Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), randomBytes(30_000_000)])
  const { config } = await mirrorOf([large])
  expect(await hashOfOutput(['-c', config, 'show', '--raw', '1'])).toBe(sha256(large))
})

test('show before the first sync says what to do', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const { status, stderr } = await runCommand(['-c', config, 'show', '1'])
  expect(status).toBe(74)
  expect(stderr).toContain('run `mailmirror sync` first')
})

test('log writes a line for each change, in order, from where it is told', async () => {
  const { run } = await mirrorOf([hello, Buffer.from('Subject: two\r\n\r\n')])
  const { status, stdout } = await run('log')
  expect(status).toBe(0)
  const changes = stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  expect(changes.map((change, index) => ({ change, seq: index + 1 }))).toEqual(
    changes.map((_, index) => ({
      change: expect.objectContaining({ v: 1, seq: index + 1 }) as unknown,
      seq: index + 1,
    })),
  )
  expect(changes.at(-1)).toMatchObject({
    account: 'ada',
    mailbox: 'INBOX',
    kind: 'message-added',
    uid: expect.anything() as unknown,
  })
  const rest = await run('log', '--since', String(changes.length - 1))
  expect(rest.stdout.trimEnd().split('\n')).toEqual([stdout.trimEnd().split('\n').at(-1)])
  expect((await run('log', '--since', '7d')).stdout).toBe(stdout)
  expect((await run('log', '--since', '2999-01-01')).stdout).toBe('')
  expect(await run('log', '--since', 'soon')).toMatchObject({ status: 64, stdout: '' })
})

test('F13: log into a pipe that is closed early ends quietly', async () => {
  const messages = Array.from({ length: 1500 }, (_, index) => Buffer.from(`Subject: ${index}\r\n\r\n`))
  const { config } = await mirrorOf(messages)
  const running = startCommand(['-c', config, 'log'])
  await new Promise<void>((resolve) => {
    running.onLine = () => resolve()
  })
  running.child.stdout?.destroy()
  expect(await running.ended).toMatchObject({ status: 0, signal: null, stderr: '' })
})

test('config path, check and show', async () => {
  const home = temporaryDirectory()
  const { config } = writeHome(home, 993)
  expect((await runCommand(['config', 'path', '-c', config])).stdout).toBe(`${config}\n`)
  const check = await runCommand(['-c', config, 'config', 'check'])
  expect(check).toMatchObject({ status: 0, stderr: '' })
  expect(check.stdout).toContain('1 account')
  expect(check.stdout).toContain(`${config}: mode 0600`)
  expect(check.stdout).toContain('mail.db: not there yet')
  const shown = await runCommand(['-c', config, 'config', 'show'])
  expect(shown.stdout).toContain('host: 127.0.0.1')
  expect(shown.stdout).not.toContain(password)
})

test('a bad config is exit 78 and names what is wrong; one that others may write is refused', async () => {
  const home = temporaryDirectory()
  const { config } = writeHome(home, 993)
  chmodSync(config, 0o666)
  expect(await runCommand(['-c', config, 'status'])).toMatchObject({ status: 78, stdout: '' })
  writeFileSync(config, 'conections = 3\n')
  chmodSync(config, 0o600)
  const { status, stderr } = await runCommand(['-c', config, 'config', 'check', '--json'])
  expect(status).toBe(78)
  expect(stderr).toContain('conections')
  expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    error: { code: 'CONFIG_INVALID' },
    exit: 78,
  })
  expect(await runCommand(['-c', join(home, 'none.toml'), 'status'])).toMatchObject({ status: 78 })
})

test('S09: what a sync makes belongs to its owner alone, whatever the umask', async () => {
  const { home } = await mirrorOf([hello])
  expect(statSync(join(home, 'mail.db')).mode & 0o777).toBe(0o600)
})
