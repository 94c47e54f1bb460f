import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { nastyMessages } from '../export/nasty-messages.ts'
import { readManifest } from '../export/read-manifest.ts'
import { at, flaggedMail, mailOf, mirrorOf } from '../support/mirrored-home.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { schemaErrors } from '../ui/schema-errors.ts'

const maildirScript = fileURLToPath(new URL('../export/read-maildir.py', import.meta.url))

interface MaildirMessage {
  readonly folder: string
  readonly octets: string
  readonly flags: string
  readonly date: number
}

/** As Python finds them. */
function maildirByPython(path: string): readonly MaildirMessage[] {
  const lines = execFileSync('python3', [maildirScript, path], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .trim()
    .split('\n')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our script prints
  const messages = JSON.parse(`[${lines.join()}]`) as readonly MaildirMessage[]
  return messages.map((one) => ({ ...one, octets: Buffer.from(one.octets, 'base64').toString('latin1') }))
}

const script = fileURLToPath(new URL('../export/read-mbox.py', import.meta.url))

/** As Python finds them, with the quoting taken away. */
function byPython(path: string): readonly string[] {
  const lines = execFileSync('python3', [script, path], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .trimEnd()
    .split('\n')
  const texts = lines.map((line) => Buffer.from(line, 'base64').toString('latin1'))
  return texts.map((text) => text.replaceAll(/(?<=^|\n)>(?=>*From )/g, ''))
}

/** An mbox cannot end a message without a line break. */
const complete = (octets: Buffer): string => octets.toString('latin1').replace(/(?<!\n)$/, '\n')
const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted()
const mbox = (...more: readonly string[]): readonly string[] => ['export', '--format', 'mbox', ...more]
const letter = (subject: string): string => `Subject: ${subject}\r\n\r\nText of ${subject}\r\n`

test('F90 Python reads from an mbox what was on the server, octet by octet, and the manifest has the exact lengths', async () => {
  const { run, home } = await mirrorOf(mailOf({ INBOX: nastyMessages }))
  const path = join(home, 'all.mbox')
  const { status, stdout, stderr } = await run(...mbox('--output', path))
  expect([status, stdout]).toEqual([0, ''])
  expect(stderr).toMatch(/^mailmirror: 16 messages \(.* B\) exported to .*all\.mbox\n$/)
  expect(sorted(byPython(path))).toEqual(sorted(nastyMessages.map(complete)))
  const octets = readFileSync(path)
  const messages = readManifest(`${path}.manifest.jsonl`).filter(({ type }) => type === 'message')
  expect(messages).toHaveLength(nastyMessages.length)
  for (const { offset, end, octets: length, sha256, placements, file } of messages) {
    const own = octets
      .toString('latin1', offset, end)
      .replaceAll(/(?<=^|\n)>(?=>*From )/g, '')
      .slice(0, length)
    expect(createHash('sha256').update(own, 'latin1').digest('hex')).toBe(sha256)
    expect([file, placements[0]?.mailbox]).toEqual(['all.mbox', 'INBOX'])
  }
})

test('stdout gets the same octets, and .gz is compressed', async () => {
  const { run, home } = await mirrorOf(mailOf({ INBOX: [letter('one'), letter('two')] }))
  const path = join(home, 'all.mbox')
  await run(...mbox('--output', path, '-q'))
  expect(await run(...mbox('--output', '-', '-q'))).toMatchObject({
    status: 0,
    stdout: readFileSync(path, 'latin1'),
    stderr: '',
  })
  await run(...mbox('--output', `${path}.gz`, '-q'))
  expect(gunzipSync(readFileSync(`${path}.gz`))).toEqual(readFileSync(path))
})

test('S11 F91 each mailbox has a file of its own, whatever its name', async () => {
  const paths = ['INBOX', 'Lists/Dev', 'lists/dev', '../../escape', 'CON', 'a:b?', 'Entwürfe', '\u001b[2J']
  const { run, home } = await mirrorOf(
    mailOf(Object.fromEntries(paths.map((path) => [path, [letter(path), letter(`${path}2`)]]))),
  )
  const folder = join(home, 'mail')
  expect(await run(...mbox('--output', folder, '--split', 'mailbox', '--json'))).toMatchObject({
    status: 0,
    stderr: '',
  })
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mbox'))
  expect(sorted(files)).toEqual(
    sorted([
      'ada/%1B%5B2J.mbox',
      'ada/%2E%2E/%2E%2E/escape.mbox',
      'ada/%43ON.mbox',
      'ada/Entwürfe.mbox',
      'ada/INBOX.mbox',
      'ada/Lists/Dev.mbox',
      'ada/a%3Ab%3F.mbox',
      'ada/lists/dev~2.mbox',
    ]),
  )
  expect(files.map((name) => byPython(join(folder, name)).length)).toEqual(files.map(() => 2))
  expect(existsSync(join(home, '..', 'escape.mbox'))).toBe(false)
})

test('a query says which messages, and in:anywhere is everything; what is not indexed is said to be missing', async () => {
  const mail = mailOf({ INBOX: [letter('tea'), letter('coffee')], Archive: [letter('tea'), letter('cake')] })
  const { run, home } = await mirrorOf(mail)
  const exported = async (...query: readonly string[]): Promise<readonly string[]> => {
    const { stdout, status } = await run(...mbox('--output', '-', ...query))
    expect(status).toBe(0)
    return sorted([...stdout.matchAll(/^Subject: (.*)\r$/gm)].map((match) => match[1] ?? ''))
  }
  expect(await exported()).toEqual(['cake', 'coffee', 'tea'])
  expect(await exported('tea')).toEqual(['tea'])
  expect(await exported('in:Archive', '-subject:tea')).toEqual(['cake'])
  await run(...mbox('--output', join(home, 'split'), '--split', 'mailbox', 'in:Archive', 'tea'))
  expect(readdirSync(join(home, 'split/ada'))).toEqual(['Archive.mbox'])
  const bad = await run(...mbox('--output', '-', 'frm:ada'))
  expect([bad.status, bad.stdout]).toEqual([64, ''])
})

test('without an index everything can be exported, and a query says what it cannot find', async () => {
  const { run } = await mirrorOf(mailOf({ INBOX: [letter('tea')] }), '--no-index')
  const all = await run(...mbox('--output', '-', '-q'))
  expect([all.status, all.stderr]).toEqual([0, ''])
  expect(all.stdout).toContain('Subject: tea')
  const some = await run(...mbox('--output', '-', '-q', 'tea'))
  expect([some.status, some.stdout]).toEqual([1, ''])
  expect(some.stderr).toMatch(/1 message is not indexed yet/)
})

test('F89 a damaged message is left out and named, and the rest is exported', async () => {
  const { run, home, store } = await mirrorOf(mailOf({ INBOX: [letter('one'), letter('two')] }))
  const facts = new Sqlite(store)
  facts.prepare('UPDATE content SET data = zeroblob(length(data)) WHERE id = 1').run()
  facts.close()
  const { status, stderr } = await run(...mbox('--output', join(home, 'all.mbox')))
  expect(status).toBe(65)
  expect(stderr).toMatch(/not exported: .*message 1/)
  expect(byPython(join(home, 'all.mbox'))).toHaveLength(1)
})

test('what is there already is not touched; what cannot be is said', async () => {
  const { run, home } = await mirrorOf(mailOf({ INBOX: [letter('one')] }))
  const path = join(home, 'all.mbox')
  await run(...mbox('--output', path))
  const again = await run(...mbox('--output', path))
  expect([again.status, again.stderr]).toEqual([74, expect.stringMatching(/there already[^]*--replace/)])
  expect(await run(...mbox('--output', path, '--replace', '-q'))).toMatchObject({ status: 0, stderr: '' })
  expect((await run(...mbox('--output', join(path, 'within')))).status).toBe(74)
  expect((await run(...mbox('--output', '-', '--split', 'year'))).status).toBe(64)
  for (const incomplete of [
    ['--output', path],
    ['--format', 'mbox'],
  ]) {
    const { status, stderr } = await run('export', ...incomplete)
    expect([status, stderr]).toEqual([64, expect.stringMatching(/export needs --/)])
  }
})

test.each([
  ['SIGKILL', { signal: 'SIGKILL', status: null, said: /^$/ }],
  ['SIGINT', { signal: null, status: 130, said: /what was written is kept; the same command with --resume goes on/ }],
] as const)(
  'F06 F13 after %s there is no file of that name, and --resume completes it',
  async (sent, { signal, status, said }) => {
    const large = Array.from(
      { length: 60 },
      (_, index) => `Subject: ${index}\r\n\r\n${`${index} From x\r\n`.repeat(250_000)}`,
    )
    const { run, home, args } = await mirrorOf(mailOf({ INBOX: large }), '--no-index')
    const [whole, path] = [join(home, 'whole.mbox'), join(home, 'ended.mbox')]
    await run(...mbox('--output', whole, '-q'))
    const running = startCommand(args(...mbox('--output', path)))
    // Some of it is on the disk, and more is to come.
    const manifest = `${path}.manifest.jsonl.partial`
    while (!existsSync(manifest) || readFileSync(manifest, 'utf8').split('\n').length < 5) {
      await new Promise((resolve) => setImmediate(resolve))
      if (running.child.exitCode !== null) break
    }
    running.child.kill(sent)
    const ended = await running.ended
    expect(ended).toMatchObject({ signal, status })
    expect(ended.stderr).toMatch(said)
    expect([existsSync(path), existsSync(`${path}.partial`)]).toEqual([false, true])
    expect(await run(...mbox('--output', path, '--resume', '-q'))).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(path).equals(readFileSync(whole))).toBe(true)
  },
  120_000,
)

test('Python reads from a Maildir what was on the server, octet by octet, with flags, times and folders', async () => {
  const { run, home } = await mirrorOf(flaggedMail())
  const folder = join(home, 'mail')
  const { status, stderr } = await run('export', '--format', 'maildir', '--output', folder)
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/^mailmirror: 18 messages \(.*\) exported to .*mail in 18 files\n$/),
  ])
  const messages = maildirByPython(join(folder, 'ada'))
  const inbox = messages.filter((one) => one.folder === '')
  const texts = [...nastyMessages.map((octets) => octets.toString('latin1')), letter('flagged')]
  expect(sorted(inbox.map(({ octets }) => octets))).toEqual(sorted(texts))
  expect(inbox.filter(({ flags }) => flags !== '').map(({ octets, flags }) => [octets, flags])).toEqual([
    [letter('flagged'), 'FSa'],
  ])
  expect(messages.filter((one) => one.folder !== '')).toEqual([
    { folder: 'Work.Plans', octets: letter('plans'), flags: 'R', date: at.getTime() / 1000 },
  ])
  expect(readFileSync(join(folder, 'ada/dovecot-keywords'), 'utf8')).toBe('0 later\n')
  expect(readdirSync(join(folder, 'ada/tmp'))).toEqual([])
})

test('flags stand in front of the header for programs that keep them in an mbox, if that is wanted', async () => {
  const { run, home } = await mirrorOf(flaggedMail())
  const path = join(home, 'all.mbox')
  expect((await run(...mbox('--output', path, '--status-headers', '-q'))).status).toBe(0)
  const texts = byPython(path)
  expect(texts).toContain(`Status: RO\r\nX-Status: F\r\nX-Keywords: later\r\n${letter('flagged')}`)
  expect(texts).toContain(`Status: O\r\nX-Status: A\r\n${letter('plans')}`)
  expect(texts).toHaveLength(18)
  // What lies where the manifest says is the message itself.
  const octets = readFileSync(path, 'latin1')
  for (const { offset, end, octets: length, sha256 } of readManifest(`${path}.manifest.jsonl`).filter(
    ({ type }) => type === 'message',
  )) {
    const own = octets
      .slice(offset, end)
      .replaceAll(/(?<=^|\n)>(?=>*From )/g, '')
      .slice(0, length)
    expect(createHash('sha256').update(own, 'latin1').digest('hex')).toBe(sha256)
  }
  expect((await run('export', '--format', 'eml', '--output', home, '--status-headers')).status).toBe(64)
})

test('a file for each message has its octets, and --since last adds what is new', async () => {
  const mail = flaggedMail()
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = temporaryDirectory()
  const { config } = writeHome(home, server.port)
  const folder = join(home, 'eml')
  const nightly = async (): Promise<string> => {
    expect(await runCommand(['-c', config, 'sync', '-q'])).toMatchObject({ status: 0, stderr: '' })
    const result = await runCommand([
      '-c',
      config,
      'export',
      '--format',
      'eml',
      '--output',
      folder,
      '--since',
      'last',
      '--json',
    ])
    expect([result.status, result.stderr]).toEqual([0, ''])
    return result.stdout
  }
  const files = (): readonly string[] =>
    sorted(readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.eml')))
  expect(JSON.parse(await nightly())).toMatchObject({ v: 1, messages: 18, damaged: [] })
  const first = files()
  const texts = first.map((name) => readFileSync(join(folder, name), 'latin1'))
  expect(sorted(texts)).toEqual(
    sorted([...nastyMessages.map((octets) => octets.toString('latin1')), letter('flagged'), letter('plans')]),
  )
  expect(JSON.parse(await nightly())).toMatchObject({ messages: 0 })
  mail.append('Work/Plans', Buffer.from(letter('new')), {})
  expect(JSON.parse(await nightly())).toMatchObject({ messages: 1 })
  const added = files().filter((name) => !first.includes(name))
  expect(added.map((name) => readFileSync(join(folder, name), 'latin1'))).toEqual([letter('new')])
  expect(readManifest(join(folder, '.manifest.jsonl')).filter(({ type }) => type === 'message')).toHaveLength(19)
})

test('an export into a folder is not mixed with another one, nor with files that are there', async () => {
  const { run, home } = await mirrorOf(flaggedMail())
  const folder = join(home, 'eml')
  const eml = (...more: readonly string[]): Promise<CommandResult> =>
    run('export', '--format', 'eml', '--output', folder, ...more)
  expect((await eml()).status).toBe(0)
  const again = await eml()
  expect([again.status, again.stderr]).toEqual([74, expect.stringMatching(/there already[^]*--since last/)])
  const other = await eml('--since', 'last', 'plans')
  expect([other.status, other.stderr]).toEqual([74, expect.stringMatching(/asked for something else/)])
  expect((await run('export', '--format', 'eml', '--output', '-')).status).toBe(64)
  expect((await run(...mbox('--output', join(home, 'x'), '--since', 'last'))).status).toBe(64)
})

test('a line of JSON for each message is what show --json writes, with its octets if they are wanted', async () => {
  const { run, home } = await mirrorOf(flaggedMail())
  const lines = async (...more: readonly string[]): Promise<readonly string[]> => {
    const result = await run('export', '--format', 'jsonl', '--output', '-', '-q', ...more)
    expect([result.status, result.stderr]).toEqual([0, ''])
    return result.stdout.trimEnd().split('\n')
  }
  const all = await lines()
  expect(all).toHaveLength(18)
  const shown = (await run('show', '18', '--json')).stdout.trimEnd()
  expect(all).toContain(shown)
  const schema = await run('export', '--schema')
  expect([schema.status, schema.stderr]).toEqual([0, ''])
  const errors = all.flatMap((line) => schemaErrors(JSON.parse(line), JSON.parse(schema.stdout)))
  expect(errors).toEqual([])
  const octets = (await lines('--raw-base64')).map((line) => Buffer.from(rawOf(line), 'base64').toString('latin1'))
  expect(sorted(octets)).toEqual(
    sorted([...nastyMessages.map((one) => one.toString('latin1')), letter('flagged'), letter('plans')]),
  )
  await run('export', '--format', 'jsonl', '--output', join(home, 'split'), '--split', 'mailbox')
  expect(readFileSync(join(home, 'split/ada/Work/Plans.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(1)
  for (const wrong of [
    ['--since', 'last', '--split', 'year'],
    ['--output', home],
  ]) {
    expect((await run('export', '--format', 'jsonl', '--output', join(home, 'x.jsonl'), ...wrong)).status).not.toBe(0)
  }
})

function rawOf(line: string): string {
  const value: unknown = JSON.parse(line)
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : ''
}

test.skipIf(!canMount).each([
  ['mbox', (path: string) => readFileSync(path, 'latin1').match(/^From MAILER/gm)],
  ['eml', (path: string) => readdirSync(join(path, 'ada/INBOX'))],
] as const)(
  'F08 a disk that is full ends an export as %s with 74, and --resume goes on when there is room (needs root)',
  async (format, messagesIn) => {
    const large = Array.from({ length: 8 }, (_, index) => `Subject: ${index}\r\n\r\n${'x'.repeat(1_000_000)}\r\n`)
    const { run } = await mirrorOf(mailOf({ INBOX: large }), '--no-index')
    const directory = smallFileSystem(12_000_000)
    const [ballast, path] = [join(directory, 'ballast'), join(directory, 'mail')]
    writeFileSync(ballast, Buffer.alloc(6_000_000))
    const full = await run('export', '--format', format, '--output', path)
    expect(full.status).toBe(74)
    expect(full.stderr).toMatch(/no space left[^]*free some space[^]*--resume/)
    rmSync(ballast)
    const resumed = await run('export', '--format', format, '--output', path, '--resume', '-q')
    expect(resumed).toMatchObject({ status: 0, stderr: '' })
    expect(messagesIn(path)).toHaveLength(8)
  },
)
