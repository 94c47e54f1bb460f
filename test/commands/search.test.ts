import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readQuickStart } from '../../src/commands/quick-start.ts'
import { protectQuery, typedQuery } from '../../src/commands/query-arguments.ts'
import { parseInternalDate } from '../../src/model/message.ts'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { indexStore } from '../store/indexed-store.ts'
import { commitBatch, messageRow, openMailbox, uidOf } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openTerminal } from '../support/terminal.ts'
import { expectSafe } from '../ui/hostile-text.ts'

const seen = { flags: [String.raw`\Seen`], internalDate: parseInternalDate('05-Oct-2026 14:00:00 +0000') }

function letter(subject: string, text: string, date = '5 Oct 2026 12:00:00 +0000'): string {
  return `From: Ada Byron <ada@example.org>\r\nTo: bob@example.net\r\nSubject: ${subject}\r\nDate: ${date}\r\nMessage-ID: <${subject.length}@example.org>\r\n\r\n${text}\r\n`
}

interface Mirror {
  readonly config: string
  readonly store: string
  readonly run: (...args: readonly string[]) => Promise<CommandResult>
}

/** A store with these messages in INBOX of `work`, the last one removed, and in Trash. */
async function mirrorOf(texts: readonly string[], { isIndexed = true } = {}): Promise<Mirror> {
  const home = temporaryDirectory()
  const { config, store } = writeHome(home, 1)
  await fill(store, texts)
  if (isIndexed) await indexStore(store)
  return { config, store, run: (...args) => runCommand(['-c', config, ...args], { TZ: 'UTC' }) }
}

async function fill(path: string, texts: readonly string[]): Promise<void> {
  await writeStore(path, async (store) => {
    const inbox = await openMailbox(store, 'INBOX')
    const messages = texts.map((text, index) => [messageRow(index + 1, seen), text] as const)
    await commitBatch(store, inbox.id, { messages })
    await store.markRemoved(inbox.id, uidSetOf([uidOf(texts.length)]))
  })
}

const letters = [
  letter('Minutes', 'As agreed: the tea room opens at nine.'),
  letter('=?utf-8?q?Caf=C3=A9?=', 'Nothing about it.', '6 Oct 2026 12:00:00 +0000'),
  letter('Old', 'tea of yesterday', '1 Oct 2026 12:00:00 +0000'),
]

test('search shows the newest first, each with the text around the match', async () => {
  const { run } = await mirrorOf(letters)
  const { stdout, stderr, status } = await run('search', 'agreed', 'OR', 'cafe')
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout).toMatchInlineSnapshot(`
    "ID  Date        From       Subject  Mailbox
     2  2026-10-06  Ada Byron  Café     INBOX
        Nothing about it.
     1  2026-10-05  Ada Byron  Minutes  INBOX
        As agreed: the tea room opens at nine.
    "
  `)
})

test('search --threads gives each conversation once, by its newest message that is found', async () => {
  const answer = letter('Re: Minutes', 'tea at ten?', '7 Oct 2026 12:00:00 +0000').replace(
    'Message-ID',
    `In-Reply-To: <${'Minutes'.length}@example.org>\r\nMessage-ID`,
  )
  const { run } = await mirrorOf([...letters.slice(0, 2), answer, letter('Removed', 'last')])
  expect((await run('search', '--threads', 'subject:minutes', 'OR', 'cafe')).stdout).toMatchInlineSnapshot(`
    "ID  Date        From       Subject          Mailbox
     3  2026-10-07  Ada Byron  (2) Re: Minutes  INBOX
        tea at ten?
     2  2026-10-06  Ada Byron  Café             INBOX
        Nothing about it.
    "
  `)
  expect((await run('search', '--threads', '--ids', 'tea')).stdout).toBe('3\n')
  expect((await run('search', '--threads', '--ids', 'agreed')).stdout).toBe('1\n')
  expect((await run('search', '--threads', '--count')).stdout).toBe('2\n')
  expect((await run('search', '--threads', '--ids', '--limit', '1')).stdout).toBe('3\n')
  const { stdout } = await run('search', '--threads', '--json', 'tea')
  expect(JSON.parse(stdout)).toMatchObject({ id: 3, threadMessages: 2 })
})

test('removed messages are found only when they are asked for', async () => {
  const { run } = await mirrorOf(letters)
  const ids = async (...query: readonly string[]): Promise<string> => (await run('search', '--ids', ...query)).stdout
  expect(await ids('tea')).toBe('1\n')
  expect(await ids('tea', 'in:anywhere')).toBe('1\n3\n')
  expect(await ids('tea', 'is:removed')).toBe('3\n')
  expect(await ids('in:anywhere')).toBe('2\n1\n3\n')
})

test('search --json writes a line with every key for each message', async () => {
  const { run } = await mirrorOf(letters)
  const { stdout } = await run('search', '--json', 'minutes')
  expect(JSON.parse(stdout)).toEqual({
    v: 1,
    id: 1,
    sha256: createHash('sha256')
      .update(letters[0] ?? '', 'latin1')
      .digest('hex'),
    messageId: '7@example.org',
    date: '2026-10-05T12:00:00.000Z',
    from: [{ name: 'Ada Byron', address: 'ada@example.org' }],
    to: [{ name: '', address: 'bob@example.net' }],
    cc: [],
    subject: 'Minutes',
    octets: letters[0]?.length,
    flags: [String.raw`\Seen`],
    placements: [
      {
        account: 'work',
        mailbox: 'INBOX',
        uidValidity: 7,
        uid: 1,
        flags: [String.raw`\Seen`],
        keywords: [],
        labels: [],
        internalDate: '2026-10-05T14:00:00.000Z',
        removedAt: null,
      },
    ],
    attachments: [],
    threadId: 1,
    snippet: 'As agreed: the tea room opens at nine.',
  })
})

test('--count, --ids and --limit', async () => {
  const { run } = await mirrorOf(letters)
  expect((await run('search', '--count', 'in:anywhere')).stdout).toBe('3\n')
  expect((await run('search', '--count', '--json', 'cake')).stdout).toBe('{"v":1,"count":0}\n')
  expect((await run('search', '--ids', '--limit', '1')).stdout).toBe('2\n')
  const table = await run('search', '--limit', '1')
  expect(table.stderr).toMatch(/more than these 1; --limit 0 shows all/)
  expect(table.stdout.split('\n')).toHaveLength(4)
  expect((await run('search', '-q', '--limit', '1')).stderr).toBe('')
  expect((await run('search', '--limit', 'x')).status).toBe(64)
})

test('S24 terms that begin with a hyphen reach the query', async () => {
  const { run } = await mirrorOf(letters)
  const ids = async (...query: readonly string[]): Promise<CommandResult> => run('search', '--ids', ...query)
  expect(await ids('-agreed')).toMatchObject({ status: 0, stdout: '2\n' })
  expect(await ids('in:anywhere', '-is:removed', '-(cafe OR x)')).toMatchObject({ stdout: '1\n' })
  expect(await ids('-in:INBOX')).toMatchObject({ stdout: '' })
  expect(await ids('--', '-agreed', '--cafe')).toMatchObject({ stdout: '2\n', status: 0 })
})

test('a query’s terms are told from options', () => {
  const argv = ['-c', 'a.toml', 'search', '-in:Trash', '-q', '-qv', '-a', '--ids', '--', '-x:y']
  expect(protectQuery(argv).map((word) => typedQuery([word]))).toEqual(argv)
  expect(protectQuery(argv).filter((word) => word.startsWith('\0'))).toEqual(['\0-in:Trash'])
  expect(protectQuery(['sync', '-xyz'])).toEqual(['sync', '-xyz'])
})

test('F92 a query that cannot be read is shown with a caret where it is wrong', async () => {
  const { run } = await mirrorOf(letters)
  const { stderr, status, stdout } = await run('search', 'tea', 'larger:big')
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
  expect(stderr).toMatchInlineSnapshot(`
    "mailmirror: the query cannot be read at offset 11: "big" is no size
      tea larger:big
                 ^
      sizes are written 500, 10K, 1.5M or 2G
    "
  `)
  const json = await run('search', '--json', '(tea')
  expect(JSON.parse(json.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'USAGE' }, exit: 64 })
})

test('F92 what is not indexed yet is said, and how to change it', async () => {
  const { run, store } = await mirrorOf(letters)
  await writeStore(store, async (open) => {
    const inbox = await openMailbox(open, 'INBOX')
    await commitBatch(open, inbox.id, { messages: [[messageRow(9, seen), letter('New', 'tea again')]] })
  })
  const behind = await run('search', '--ids', 'tea')
  expect(behind.stdout).toBe('1\n')
  expect(behind.stderr).toMatch(/1 message is not indexed yet and cannot be found\n.*reindex --pending/)
  expect(await run('reindex', '--pending')).toMatchObject({ status: 0, stderr: 'mailmirror: 1 message indexed\n' })
  expect(await run('search', '--ids', 'tea')).toMatchObject({ stdout: '4\n1\n', stderr: '' })
})

test('F92 a store without an index is an error, not an empty answer', async () => {
  const { run, store } = await mirrorOf(letters, { isIndexed: false })
  rmSync(indexPathOf(store))
  const missing = await run('search', 'tea')
  expect(missing).toMatchObject({ status: 74, stdout: '' })
  expect(missing.stderr).toMatch(/no index to search in yet\n.*mailmirror reindex/)
  expect(await run('reindex', '--json')).toMatchObject({ status: 0, stdout: '{"v":1,"indexed":3,"pending":0}\n' })
  expect(await run('search', '--count', 'tea')).toMatchObject({ status: 0, stdout: '1\n' })
})

test('S14 S15 hostile mail reaches neither terminal nor script unescaped', async () => {
  const { run } = await mirrorOf([
    letter('\u001b[2J\u202eevil\u0007', 'tea \u001b]0;x\u0007 \u009b31m').replace(
      'Ada Byron',
      '=?utf-8?q?=1B[31m_a=40b.c?=',
    ),
    letter('x', 'y'),
  ])
  for (const args of [['search'], ['search', '--json'], ['search', '--color', 'always']]) {
    const { stdout, status } = await run(...args, 'tea')
    expect(status).toBe(0)
    expect(stdout).toContain('evil')
    expectSafe(stdout, { allowEscapes: args.includes('always') })
  }
})

async function twoStores(): Promise<{ config: string; stores: readonly string[] }> {
  const home = temporaryDirectory()
  const stores = ['one', 'two'].map((name) => join(home, `${name}.db`))
  await fill(stores[0] ?? '', letters)
  await fill(stores[1] ?? '', [
    letters[0] ?? '',
    letter('Second', 'tea for two', '7 Oct 2026 12:00:00 +0000'),
    'x: y\r\n\r\n',
  ])
  for (const store of stores) await indexStore(store)
  const config = join(home, 'config.toml')
  const account = (name: string): string => `
[accounts.${name}]
email = "${name}@example.org"
store = "${join(home, `${name}.db`)}"
[accounts.${name}.imap]
host = "127.0.0.1"
port = 1
security = "none"
password = { env = "X" }
`
  writeFileSync(config, account('one') + account('two'), { mode: 0o600 })
  return { config, stores }
}

test('several stores are searched as one; a content that lies in two is one message', async () => {
  const { config } = await twoStores()
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
  expect((await run('search', '--ids', 'tea')).stdout).toBe('two:2\none:1\n')
  expect((await run('search', '--count', 'tea')).stdout).toBe('2\n')
  expect((await run('search', '--ids', '--sort', 'relevance', 'tea')).stdout.trim().split('\n').toSorted()).toEqual([
    'one:1',
    'two:2',
  ])
  const [, shared] = (await run('search', '--json', 'tea')).stdout.trim().split('\n')
  expect(JSON.parse(shared ?? '')).toMatchObject({ id: 'one:1', placements: [{ uid: 1 }, { uid: 1 }] })
})

test('one damaged store of several is named, and the others are searched', async () => {
  const { config, stores } = await twoStores()
  writeFileSync(stores[0] ?? '', 'This is no database at all.'.repeat(100))
  const found = await runCommand(['-c', config, 'search', '--ids', 'tea'])
  expect(found).toMatchObject({ status: 1, stdout: 'two:2\ntwo:1\n' })
  expect(found.stderr).toContain('one.db')
})

test('nothing mirrored yet is an error that says what to do', async () => {
  const { config } = writeHome(temporaryDirectory(), 1)
  const result = await runCommand(['-c', config, 'search', 'tea'])
  expect(result).toMatchObject({ status: 74, stdout: '' })
  expect(result.stderr).toMatch(/mailmirror sync/)
})

test.each([
  [['search', 'tea']],
  [['search', '--json', 'tea', 'from:ada']],
  [['search', '--ids', '--limit', '1', 'in:anywhere']],
  [['search', 'tea', '--count', '-q']],
  [['search', '--sort', 'relevance', 'tea', '--limit', '2']],
  [['search', '(tea']],
])('%j ends alike, whichever of the two has read it', async (argv) => {
  const { run } = await mirrorOf(letters)
  expect(readQuickStart(argv)).toMatchObject({ kind: 'search' })
  expect(await run(...argv)).toEqual(await run(...argv, '--progress', 'auto'))
})

test('other forms of search are left to the parser', () => {
  for (const argv of [
    ['search', '-x:y'],
    ['search', '--limit', 'x'],
    ['search', '--sort', 'size'],
    ['--ids', 'search'],
    ['search', ''],
  ]) {
    expect(readQuickStart(argv)).toBeUndefined()
  }
})

test('search -i finds as one types, shows, saves and leaves, on a real terminal', async () => {
  const { config } = await mirrorOf(letters)
  const folder = temporaryDirectory()
  const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
  const terminal = openTerminal(`'${process.execPath}' '${program}' -c '${config}' search -i`, folder)
  await terminal.shows('Search:')
  await terminal.type('agr', 'Minutes')
  await terminal.type('\r', 'SHA-256:')
  await terminal.type('e', 'saved as')
  expect(readdirSync(folder)).toEqual(['part-1-Minutes.eml'])
  expect(readFileSync(join(folder, 'part-1-Minutes.eml'), 'latin1')).toBe(letters[0])
  await terminal.type('\u001b', 'choose')
  await terminal.type('\u0003', '\u001b[?1049l')
  expect(await terminal.ended).toBe(0)
})

test('search -i without a terminal says what to do', async () => {
  const { run } = await mirrorOf(letters)
  expect(await run('search', '-i', 'tea')).toMatchObject({ status: 64, stdout: '' })
})
