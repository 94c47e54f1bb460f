import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { openMirrorStore } from '../../src/store/sqlite-mirror-store.ts'
import { contentsOf, fullMirror, homeAt, mailOf, mirrorOf, parsed, placesOf } from '../support/mirrored-home.ts'
import type { HeldPlace } from '../support/mirrored-home.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const letter = (subject: string, end = '\r\n'): string => `Subject: ${subject}${end}${end}Text of ${subject}${end}`
const asImap = (places: readonly HeldPlace[]): readonly HeldPlace[] => places.map((one) => ({ ...one, kind: 'imap' }))

const formats: readonly (readonly [name: string, path: string, options: readonly string[]])[] = [
  ['mbox', 'all.mbox', ['--format', 'mbox']],
  ['mbox with status headers', 'all.mbox', ['--format', 'mbox', '--status-headers']],
  ['a packed mbox', 'all.mbox.zst', ['--format', 'mbox']],
  ['an mbox for each mailbox', 'mail', ['--format', 'mbox', '--split', 'mailbox']],
  ['maildir', 'mail', ['--format', 'maildir']],
  ['eml', 'mail', ['--format', 'eml']],
  ['jsonl', 'all.jsonl.gz', ['--format', 'jsonl', '--raw-base64']],
]

test.each(formats)(
  'export as %s and import into an empty store: the same messages, flags and dates; again: nothing',
  async (_, path, options) => {
    const from = await fullMirror()
    const output = join(from.home, path)
    expect((await from.run('export', '-q', '--output', output, ...options, 'in:anywhere')).status).toBe(0)
    const to = homeAt()
    expect(await to.run('import', '-q', output)).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
    const expected = placesOf(from.store)
    expect(asImap(placesOf(to.store))).toEqual(expected)
    expect((await to.run('verify', '-q')).status).toBe(0)
    const again = await to.run('import', '--json', output)
    expect(parsed(again.stdout)).toMatchObject({ v: 1, added: 0, linked: 0, unreadable: [] })
    expect(asImap(placesOf(to.store))).toEqual(expected)
    const found = await to.run('search', '--ids', 'subject:flagged')
    expect(found.stdout.trim().split('\n')).toHaveLength(1)
  },
)

test.each(formats)(
  'export as %s of a mailbox that is imported and mirrored gives each message once',
  async (_, path, options) => {
    const from = await mirrorOf(mailOf({ INBOX: [letter('one'), letter('two'), letter('two')] }))
    const maildir = join(from.home, 'maildir')
    expect((await from.run('export', '-q', '--format', 'maildir', '--output', maildir)).status).toBe(0)
    expect((await from.run('import', '-q', maildir)).status).toBe(0)
    expect(placesOf(from.store)).toHaveLength(6)
    const output = join(from.home, path)
    expect((await from.run('export', '-q', '--output', output, ...options)).status).toBe(0)
    const to = homeAt()
    expect((await to.run('import', '-q', output)).status).toBe(0)
    expect(placesOf(to.store)).toHaveLength(3)
  },
)

test('the numbers of an import add up where a message lies in several mailboxes', async () => {
  const from = await mirrorOf(
    mailOf({ INBOX: [letter('one'), letter('two')], Work: [letter('one'), letter('two')], Old: [letter('one')] }),
  )
  const output = join(from.home, 'all.mbox')
  expect((await from.run('export', '-q', '--output', output, '--format', 'mbox')).status).toBe(0)
  const to = homeAt()
  const told = async (...options: readonly string[]): Promise<readonly string[]> =>
    (await to.run('import', ...options, output)).stderr.trimEnd().split('\n')
  const mailboxes = ['  ada/INBOX: 2', '  ada/Old: 1', '  ada/Work: 2']
  const [planned, ...into] = await told('--dry-run')
  expect(planned).toMatch(/2 messages \(\d+ B\) read for 5 places in mailboxes, 5 would be imported \(3 of them would link octets that are held once\)$/) // prettier-ignore
  expect(into.toSorted()).toEqual(mailboxes)
  const [first, ...places] = await told()
  expect(first).toMatch(/read for 5 places in mailboxes, 5 imported \(3 of them link octets that are held once\)$/)
  expect(places.toSorted()).toEqual(mailboxes)
  expect(await told()).toEqual([
    expect.stringMatching(/read for 5 places in mailboxes, 0 imported \(5 there before\)$/),
  ])
  expect((await to.run('import', '--json', output)).stdout).toContain('"places":5,')
})

test('imported mail is beside what a server has: no sync touches it, status says what it is', async () => {
  const mail = mailOf({ INBOX: [letter('on the server')] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const { home, run, store } = homeAt(server.port)
  const path = join(home, 'old.mbox')
  writeFileSync(path, `From x Thu Jan  1 10:00:00 2015\n${letter('old', '\n')}\n`)
  expect((await run('import', '-q', path, '--mailbox', 'INBOX')).status).toBe(0)
  for (const options of [[], ['--full']]) expect((await run('sync', '-q', ...options)).status).toBe(0)
  expect(placesOf(store).map(({ kind, path: own, removed }) => [kind, own, removed])).toEqual([
    ['imap', 'INBOX', 0],
    ['local', 'INBOX', 0],
  ])
  const { stdout } = await run('status', '--json')
  expect(parsed(stdout)).toMatchObject({
    accounts: [
      {
        mailboxes: [
          { path: 'INBOX', complete: true },
          { path: 'INBOX', kind: 'local', complete: true },
        ],
      },
    ],
  })
  expect((await run('status')).stdout).toMatch(/INBOX \(local\) +1 .* complete/)
  expect((await run('verify', '--server', '-q')).status).toBe(0)
  const log = await run('log')
  expect(
    log.stdout
      .trim()
      .split('\n')
      .map((line) => parsed(line)),
  ).toContainEqual(expect.objectContaining({ kind: 'message-added', mailbox: 'INBOX' }))
})

const writeMailboxes = fileURLToPath(new URL('../export/write-mailboxes.py', import.meta.url))

test('what Python has written is read: an mbox with its quoting, a Maildir with flags and folders', async () => {
  const { home, run, store } = homeAt()
  execFileSync('python3', [writeMailboxes, home])
  const read = await run('import', '--json', join(home, 'python.mbox'), join(home, 'Maildir'), '--mailbox', 'Old')
  expect([read.status, read.stderr]).toEqual([0, ''])
  expect(parsed(read.stdout)).toMatchObject({
    messages: 6,
    mailboxes: [
      { path: 'Old', added: 4 },
      { path: 'Old/Work/Plans', added: 1 },
    ],
  })
  // The mbox and the Maildir have one message in common.
  expect(parsed(read.stdout)).toMatchObject({ added: 5, present: 1 })
  const flags = placesOf(store).map((one) => [one.path, one.flags, one.date])
  expect(flags).toContainEqual(['Old', String.raw`["\\Flagged","\\Seen"]`, 1_420_106_400])
  expect(flags).toContainEqual(['Old/Work/Plans', String.raw`["\\Answered"]`, 1_420_106_400])
  const raw = await run('show', '--raw', (await run('search', '--ids', 'subject:quoted')).stdout.trim())
  expect(raw.stdout).toBe('Subject: quoted\n\nFrom here\n> From there\n')
})

test('mail that is held in the form of the wire is linked, whatever a mail program has made of it', async () => {
  const texts = ['one', 'two', 'three'].map((subject) => letter(subject))
  const { home, run, store } = await mirrorOf(mailOf({ INBOX: texts }))
  const [one = '', two = '', three = ''] = texts.map((text) => text.replaceAll('\r\n', '\n'))
  const separator = 'From x Thu Jan  1 10:00:00 2015\n'
  const path = join(home, 'thunderbird')
  const local = `X-Mozilla-Status: 0005\nX-Mozilla-Keys: later $label1\n${two}`
  const cut = three.trimEnd()
  writeFileSync(
    path,
    `${separator}Status: RO\n${one}\n${separator}${local}\n${separator}X-UID: 7\n${three}\n${separator}${cut}x\n\n`,
  )
  const { stdout } = await run('import', '--json', path)
  expect(parsed(stdout)).toMatchObject({ messages: 4, added: 4, linked: 3 })
  expect(contentsOf(store)).toBe(4)
  expect(placesOf(store).filter(({ kind, keywords }) => kind === 'local' && keywords !== '[]')).toMatchObject([
    { flags: String.raw`["\\Flagged","\\Seen"]`, keywords: '["$label1","later"]', path: 'thunderbird' },
  ])
})

const entry = (labels: string, subject: string): string =>
  `From 17@xxx Thu Jan 01 10:11:12 +0000 2015\r\nX-GM-THRID: 17\r\nX-Gmail-Labels: ${labels}\r\n${letter(subject)}\r\n`

test('Google Takeout keeps its labels, and tells what is read', async () => {
  const { home, run, store } = homeAt()
  mkdirSync(join(home, 'Takeout/Mail'), { recursive: true })
  writeFileSync(
    join(home, 'Takeout/Mail/All mail.mbox'),
    entry('Inbox,Important,"Tea, Coffee",Unread', 'new') +
      entry('=?UTF-8?Q?Entw=C3=BCrfe?=,Starred,\r\n Opened', 'starred'),
  )
  writeFileSync(join(home, 'Takeout/archive_browser.html'), '<html></html>')
  const { status, stderr } = await run('import', join(home, 'Takeout'))
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/2 imported\n {2}ada\/Mail\/All mail: 2\n {2}1 file was left alone: no mail/),
  ])
  expect(placesOf(store).map(({ flags, labels, date }) => [flags, labels, date])).toEqual(
    expect.arrayContaining([
      ['[]', '["Important","Inbox","Tea, Coffee"]', 1_420_107_072],
      [String.raw`["\\Flagged","\\Seen"]`, '["Entwürfe"]', 1_420_107_072],
    ]),
  )
  expect((await run('search', '--count', 'label:entwürfe')).stdout.trim()).toBe('1')
})

test('F89 what cannot be read is named, and the rest is imported: octets that were changed, cut files, other files', async () => {
  const from = await mirrorOf(mailOf({ INBOX: [letter('one'), letter('two'), letter('three')] }))
  const folder = join(from.home, 'mail')
  expect((await from.run('export', '-q', '--format', 'eml', '--output', folder)).status).toBe(0)
  writeFileSync(join(folder, 'ada/INBOX/1700000001-1.eml'), letter('changed'))
  rmSync(join(folder, 'ada/INBOX/1700000001-2.eml'))
  writeFileSync(join(folder, 'mine.eml'), letter('mine'))
  symlinkSync('/etc/passwd', join(folder, 'passwd.eml'))
  const packed = gzipSync(`From x Thu Jan  1 10:00:00 2015\n${letter('packed').repeat(5000)}\n`)
  writeFileSync(join(folder, 'cut.mbox.gz'), packed.subarray(0, packed.length - 20))
  const { home, run, store } = homeAt()
  const { status, stderr } = await run('import', folder)
  expect(status).toBe(65)
  expect(stderr).toMatch(/not imported: .*1700000001-1\.eml: its octets are not those that were exported/)
  expect(stderr).toMatch(/not imported: .*1700000001-2\.eml: a manifest has it, and there is no such file/)
  expect(stderr).toMatch(/not imported: .*cut\.mbox\.gz: it cannot be read: /)
  expect(placesOf(store).map(({ path }) => path)).toEqual(['INBOX', 'Imported'])
  expect((await run('import', join(home, 'config.toml'))).status).toBe(65)
})

test('a Maildir that a mail program has used since gives back the flags that it has now', async () => {
  const mail = mailOf({ INBOX: [] })
  mail.append('INBOX', Buffer.from(letter('one')), { flags: ['later'] })
  const from = await mirrorOf(mail)
  const folder = join(from.home, 'mail')
  expect((await from.run('export', '-q', '--format', 'maildir', '--output', folder)).status).toBe(0)
  const [file = ''] = execFileSync('ls', [join(folder, 'ada/cur')], { encoding: 'utf8' }).split('\n')
  renameSync(join(folder, 'ada/cur', file), join(folder, 'ada/cur', file.replace(/:2,.*/, ':2,RSa')))
  const { run, store } = homeAt()
  expect((await run('import', '-q', folder)).status).toBe(0)
  expect(placesOf(store)).toMatchObject([{ flags: String.raw`["\\Answered","\\Seen"]`, keywords: '["later"]' }])
})

const strip = (text: string): unknown => ({ ...parsed(text), dryRun: 0, pending: 0 })

const measured = (body: string): string =>
  `From x Thu Jan  1 10:00:00 2015\nSubject: x\nContent-Length: ${body.length}\n\n${body}\n`

test('mboxcl and mboxcl2 are told apart by what is quoted in all of the file, and an option says otherwise', async () => {
  const { home, run } = homeAt()
  const [cl, cl2] = [join(home, 'cl'), join(home, 'cl2')]
  writeFileSync(cl, measured('>From one\n') + measured('two\n'))
  writeFileSync(cl2, measured('>From three\n') + measured('\nFrom four Thu Jan  1 10:00:00 2015\nA: b\n'))
  expect((await run('import', '-q', cl, cl2)).status).toBe(0)
  const bodies = async (mailbox: string): Promise<readonly string[]> => {
    const ids = (await run('search', '--ids', `in:${mailbox}`)).stdout.trim().split('\n')
    const raw = await Promise.all(ids.map((id) => run('show', '--raw', id)))
    return raw.map(({ stdout }) => stdout.replace(/^[^]*?\n\n/, '')).toSorted()
  }
  expect(await bodies('cl')).toEqual(['From one\n', 'two\n'])
  expect(await bodies('cl2')).toEqual(['\nFrom four Thu Jan  1 10:00:00 2015\nA: b\n', '>From three\n'])
  expect((await run('import', '-q', cl, '--mailbox', 'plain', '--mbox-dialect', 'mboxcl2')).status).toBe(0)
  expect(await bodies('plain')).toEqual(['>From one\n', 'two\n'])
})

test('--dry-run says the same, and makes nothing', async () => {
  const { home, run, store } = homeAt()
  const path = join(home, 'old.mbox')
  writeFileSync(path, [1, 2, 2].map((one) => `From x Thu Jan  1 10:00:00 2015\n${letter(`${one}`, '\n')}\n`).join(''))
  const dry = await run('import', '--dry-run', '--json', path)
  expect([dry.status, existsSync(store)]).toEqual([0, false])
  const real = await run('import', '--json', path)
  expect(strip(dry.stdout)).toEqual(strip(real.stdout))
  expect(parsed(real.stdout)).toMatchObject({ added: 3, linked: 1 })
  expect(parsed((await run('import', '--dry-run', '--json', path)).stdout)).toMatchObject({ added: 0, present: 3 })
})

test('it is asked whose mail it is where that is not clear, and a mailbox must have a name', async () => {
  const home = temporaryDirectory()
  const { config } = writeHome(
    home,
    1,
    '[accounts.bob]\nemail = "b@example.org"\n[accounts.bob.imap]\nhost = "b"\n[accounts.ada.smtp]\nhost = "c"\n',
  )
  const run = (...args: readonly string[]) => runCommand(['-c', config, 'import', ...args])
  const path = join(home, 'old.mbox')
  writeFileSync(path, `From x Thu Jan  1 10:00:00 2015\n${letter('old', '\n')}\n`)
  const unclear = await run(path)
  expect([unclear.status, unclear.stderr]).toEqual([64, expect.stringMatching(/--account \w+ or --account \w+/)])
  expect((await run(path, '--account', 'eve')).status).toBe(66)
  expect((await run(path, '--account', 'bob', '--mailbox', 'a//b')).status).toBe(64)
  expect((await run(join(home, 'nothing'), '--account', 'bob')).status).toBe(64)
  expect((await run(path, '--account', 'bob')).status).toBe(0)
})

const threadUrl = pathToFileURL(fileURLToPath(new URL('../../dist/writer-thread.js', import.meta.url)))

const makePipe = (path: string): unknown =>
  execFileSync('python3', ['-c', 'import os, sys; os.mkfifo(sys.argv[1])', path])

test('what comes from a pipe is refused: it could be read only once', async () => {
  const { home, run, store } = homeAt()
  const pipe = join(home, 'pipe')
  makePipe(pipe)
  const { status, stderr } = await run('import', pipe)
  expect([status, stderr]).toEqual([
    64,
    expect.stringMatching(/pipe is neither a file nor a folder\n {2}save what comes/),
  ])
  const folder = join(home, 'folder')
  mkdirSync(folder)
  makePipe(join(folder, 'pipe.mbox'))
  symlinkSync('/etc/passwd', join(folder, 'link.eml'))
  const verbose = await run('import', folder, '-v')
  expect([verbose.status, verbose.stderr]).toEqual([
    0,
    expect.stringMatching(/2 files were left alone: no mail, or links:\n {4}.*link\.eml\n {4}.*pipe\.mbox\n$/),
  ])
  expect(existsSync(store)).toBe(false)
})

test('a store that a sync holds is left alone', async () => {
  const { home, run, store } = homeAt()
  const path = join(home, 'old.mbox')
  writeFileSync(path, `From x Thu Jan  1 10:00:00 2015\n${letter('old', '\n')}\n`)
  const held = await openMirrorStore({ path: store, allowNetwork: true, version: '0', threadUrl })
  try {
    expect((await run('import', path)).status).toBe(75)
  } finally {
    await held.close()
  }
  expect((await run('import', path)).status).toBe(0)
})

function manyMessages(): MailStore {
  return mailOf({
    INBOX: Array.from({ length: 3000 }, (_, index) => letter(`${index}`).repeat(20)),
    Work: Array.from({ length: 500 }, (_, index) => letter(`${index * 7}`).repeat(20)),
  })
}

test.each(['SIGKILL', 'SIGINT'] as const)(
  '%s in the middle: what was committed is whole, and doing it again gives what one import gives',
  async (signal) => {
    const from = await mirrorOf(manyMessages(), '--no-index')
    const output = join(from.home, 'mail')
    expect((await from.run('export', '-q', '--format', 'maildir', '--output', output)).status).toBe(0)
    const { args, run, store } = homeAt()
    const running = startCommand(args('import', output))
    while (running.child.exitCode === null && (!existsSync(store) || countOf(store) < 200)) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    running.child.kill(signal)
    const ended = await running.ended
    expect(ended).toMatchObject(signal === 'SIGINT' ? { status: 130 } : { signal })
    const begun = placesOf(store).length
    expect([begun >= 200, begun < 3500]).toEqual([true, true])
    expect((await run('verify', '-q')).status).toBe(0)
    expect((await run('status')).stdout).toMatch(/an import into it was not/)
    expect((await run('import', '-q', output)).status).toBe(0)
    expect(asImap(placesOf(store))).toEqual(placesOf(from.store))
  },
  120_000,
)

/** Quickly: an import of so much takes a second. */
function countOf(store: string): number {
  try {
    const database = new Sqlite(store, { readonly: true })
    try {
      return database.prepare<[], number>('SELECT count(*) FROM placement').pluck().get() ?? 0
    } finally {
      database.close()
    }
  } catch {
    return 0
  }
}

test.skipIf(!canMount)('a full disk ends it with 74, and nothing is half there', async () => {
  const from = await mirrorOf(
    mailOf({
      INBOX: Array.from({ length: 60 }, (_, index) => `Subject: ${index}\r\n\r\n${`${index}x`.repeat(60_000)}`),
    }),
    '--no-index',
  )
  const output = join(from.home, 'all.mbox')
  expect((await from.run('export', '-q', '--format', 'mbox', '--output', output)).status).toBe(0)
  const small = smallFileSystem(6_000_000)
  const { config, store } = writeHome(join(small, 'home'), 1)
  const full = await runCommand(['-c', config, 'import', output, '--no-index'])
  expect([full.status, full.stderr]).toEqual([74, expect.stringMatching(/full|no space/i)])
  for (const { sha256 } of placesOf(store)) expect(placesOf(from.store).map((one) => one.sha256)).toContain(sha256)
})

test('F20 an mbox that ends within a message of an export is noticed', async () => {
  const from = await mirrorOf(mailOf({ INBOX: [letter('one'), letter('two')] }))
  const path = join(from.home, 'all.mbox')
  expect((await from.run('export', '-q', '--format', 'mbox', '--output', path)).status).toBe(0)
  truncateSync(path, readFileSync(path).length - 10)
  const { run, store } = homeAt()
  expect((await run('import', path)).status).toBe(65)
  expect(placesOf(store)).toHaveLength(1)
})
