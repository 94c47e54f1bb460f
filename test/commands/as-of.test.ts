import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { MailStore } from '../../src/demo/mail-store.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { homeAt, letterOf, mailOf } from '../support/mirrored-home.ts'
import type { Home } from '../support/mirrored-home.ts'
import { openMailbox } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { runCommand } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { password } from '../support/run-sync.ts'

const containing = (text: string): unknown => expect.stringContaining(text)

const seen = String.raw`\Seen`

interface Mirror extends Home {
  /** The last change of each sync. */
  readonly seqs: readonly number[]
}

/** Synced three times: with two messages; one of them read, one moved, one new; without the mailbox. */
async function synced(use: (mirror: Mirror) => Promise<void>): Promise<void> {
  const mail = mailOf({ INBOX: [letterOf('first'), letterOf('second')], Archive: [] })
  await using server = await startDemoServer({ store: mail, users: { ada: password } })
  const home = homeAt(server.port)
  const seqs: number[] = []
  const sync = async (): Promise<void> => {
    expect(await home.run('sync', '-q')).toMatchObject({ status: 0 })
    seqs.push(lastSeq(home.store))
  }
  await sync()
  mail.setFlags('INBOX', [1], [seen, 'Work'])
  const [, second] = mail.mailbox('INBOX').messages
  if (second !== undefined) mail.copy(second, mail.mailbox('Archive'))
  mail.expunge('INBOX', [2])
  mail.append('INBOX', Buffer.from(letterOf('third')))
  await sync()
  mail.deleteMailbox('Archive')
  await sync()
  await use({ ...home, seqs })
}

function lastSeq(path: string): number {
  const database = new Sqlite(path, { readonly: true })
  const seq = database.prepare<[], number>('SELECT max(seq) FROM change').pluck().get() ?? 0
  database.close()
  return seq
}

const lines = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))

test('search, status, export and log replay are as it was after each sync', async () => {
  await synced(async ({ run, seqs, home }) => {
    const [first = 0, second = 0] = seqs
    const found = async (seq: number, ...query: readonly string[]): Promise<string> =>
      (await run('search', '--ids', ...query, '--as-of', `${seq}`)).stdout
    expect([await found(first, 'in:INBOX'), await found(second, 'in:INBOX')]).toEqual(['2\n1\n', '3\n1\n'])
    expect([await found(first, 'is:read'), await found(second, 'is:read')]).toEqual(['', '1\n'])
    expect([await found(first, 'third'), await found(second, 'third')]).toEqual(['', '3\n'])
    expect([await found(first, 'is:removed'), await found(second, 'in:INBOX', 'is:removed')]).toEqual(['', '2\n'])
    expect(await found(first, 'in:anywhere')).toBe('2\n1\n')

    const status = async (seq: number): Promise<unknown> =>
      JSON.parse((await run('status', '--json', '--as-of', `${seq}`)).stdout)
    const box = { kind: 'imap', goneAt: null }
    expect(await status(first)).toMatchObject({
      accounts: [
        {
          name: 'ada',
          seq: first,
          mailboxes: [
            { ...box, path: 'Archive', messages: 0, removed: 0 },
            { ...box, path: 'INBOX', messages: 2, removed: 0 },
          ],
        },
      ],
    })
    expect(await status(second)).toMatchObject({
      accounts: [
        {
          mailboxes: [
            { path: 'Archive', messages: 1 },
            { path: 'INBOX', messages: 2, removed: 1 },
          ],
        },
      ],
    })

    const output = join(home, 'then.jsonl')
    expect(await run('export', '--format', 'jsonl', '--output', output, '--as-of', `${first}`)).toMatchObject({
      status: 0,
      stderr: containing('2 messages'),
    })
    const replay = await run('log', 'replay', '--until', `${second}`, '--json', 'ada/INBOX')
    expect(lines(replay.stdout)).toMatchObject([
      { type: 'replay', seq: second },
      { type: 'mailbox', account: 'ada', path: 'INBOX', messages: 2, removed: 1 },
      { type: 'placement', uid: 1, message: 1, flags: [seen], keywords: ['Work'], removedAt: null },
      { type: 'placement', uid: 2, message: 2, flags: [], removedAt: containing('Z') },
      { type: 'placement', uid: 3, message: 3, flags: [], removedAt: null },
      { type: 'replay-finished', mailboxes: 1, placements: 3 },
    ])
    const table = await run('log', 'replay', '--until', `${second}`)
    expect(table.stdout).toMatch(
      /after change \d+, .*\nMailbox +Messages +Removed +State\nArchive +1 +0\nINBOX +2 +1\n/,
    )
  })
})

test('restore --as-of puts onto a server what was in a mailbox then, with the flags of then', async () => {
  await synced(async ({ store, seqs }) => {
    const target = new MailStore()
    await using server = await startDemoServer({ store: target, users: { ada: password } })
    const there = homeAt(server.port)
    copyFileSync(store, there.store)
    copyFileSync(indexPathOf(store), there.store.replace('.db', '.index.db'))
    const held = (): unknown =>
      target.mailboxes.map(({ path, messages }) => [
        path,
        ...messages.map(({ octets, flags }) => [subjectOf(octets), ...flags]),
      ])
    const [first, second] = seqs
    expect(await there.run('restore', 'in:INBOX', '--to', 'ada', '--as-of', `${first}`)).toMatchObject({ status: 0 })
    expect(held()).toEqual([['INBOX', ['first'], ['second']]])
    expect(await there.run('restore', '--to', 'ada', '--as-of', `${second}`)).toMatchObject({ status: 0 })
    expect(held()).toEqual([
      ['INBOX', ['first'], ['second'], ['third']],
      ['Archive', ['second']],
    ])
  })
})

const subjectOf = (octets: Uint8Array): string => /Subject: (.*)\r/.exec(Buffer.from(octets).toString())?.[1] ?? ''

test('a moment that the log does not have is a usage error that says why', async () => {
  await synced(async ({ run, seqs }) => {
    const last = seqs.at(-1) ?? 0
    for (const [when, why] of [
      ['soon', 'is neither a sequence number nor a date'],
      ['0', 'is before the first sync'],
      ['2001-02-03', 'is before the first sync'],
      [`${last + 1}`, 'there is no such change'],
      ['2999-01', 'is in the future'],
      ['2999-01-01T00:00Z', 'is in the future'],
    ] as const) {
      for (const words of [
        ['search', 'tea'],
        ['status'],
        ['export', '--format', 'mbox', '--output', '-'],
        ['restore', '--to', 'ada'],
      ])
        // prettier-ignore
        expect([when, words, await run(...words, '--as-of', when)]).toMatchObject([
          when,
          words,
          { status: 64, stdout: '', stderr: containing(why) },
        ])
      expect(await run('log', 'replay', '--until', when)).toMatchObject({
        status: 64,
        stderr: containing(why),
      })
    }
    expect(await run('log', 'replay')).toMatchObject({ status: 64, stderr: containing('--until') })
    expect(await run('status', '--slow', '--as-of', '1')).toMatchObject({ status: 64 })
    const args = ['export', '--format', 'maildir', '--output', '/nonexistent/x', '--since', 'last', '--as-of', '1']
    expect(await run(...args)).toMatchObject({ status: 64, stderr: containing('--as-of') })
  })
})

test('a store that was never made has no past', async () => {
  const { run } = homeAt()
  for (const words of [['search', 'tea'], ['status'], ['export', '--format', 'mbox', '--output', '-']])
    expect([words, await run(...words, '--as-of', '7d')]).toMatchObject([words, { status: 74 }])
})

const accountIn = (name: string, store: string): string => `
[accounts.${name}]
email = "${name}@example.org"
store = ${JSON.stringify(store)}
[accounts.${name}.imap]
host = "127.0.0.1"
security = "none"
password = { env = "X" }
`

test('the past has accounts that the config has no more', async () => {
  await synced(async ({ config, run, seqs }) => {
    writeFileSync(config, readFileSync(config, 'utf8').replaceAll('accounts.ada', 'accounts.bob'))
    const [, second = 0] = seqs
    const status: unknown = JSON.parse((await run('status', '--json', '--as-of', `${second}`)).stdout)
    expect(status).toMatchObject({
      accounts: [
        { name: 'bob', mailboxes: [] },
        {
          name: 'ada',
          mailboxes: [
            { path: 'Archive', messages: 1 },
            { path: 'INBOX', messages: 2 },
          ],
        },
      ],
    })
    const { stdout } = await run('log', 'replay', '--until', `${second}`, '--json')
    expect(stdout).toContain('"type":"replay-finished","mailboxes":2,"placements":4')
    const one = await run('log', 'replay', '--until', `${second}`, '--json', 'bob')
    expect(one.stdout).toContain('"type":"replay-finished","mailboxes":0,"placements":0')
  })
})

test('of several stores those that had begun by then are read, and a number names none of them', async () => {
  const home = temporaryDirectory()
  const stores = ['early', 'late'].map((name) => join(home, `${name}.db`))
  for (const [index, path] of stores.entries()) {
    await writeStore(path, (store) => openMailbox(store, 'INBOX'))
    const editor = new Sqlite(path)
    editor.prepare('UPDATE change SET at = ?').run(Date.UTC(2020, 3 * index, 1))
    editor.prepare('UPDATE account SET name = ?').run(['ada', 'bob'][index])
    editor.close()
  }
  const config = join(home, 'config.toml')
  writeFileSync(config, stores.map((store, index) => accountIn(['ada', 'bob'][index] ?? '', store)).join(''), {
    mode: 0o600,
  })
  const status = async (when: string): Promise<unknown> => {
    const { stdout, stderr } = await runCommand(['-c', config, 'status', '--json', '--as-of', when])
    return stdout === '' ? stderr : JSON.parse(stdout)
  }
  const [box, none] = [[{ path: 'INBOX' }], []]
  expect(await status('2020-02')).toMatchObject({ accounts: [{ mailboxes: box }, { seq: 0, mailboxes: none }] })
  expect(await status('2020-05')).toMatchObject({ accounts: [{ mailboxes: box }, { seq: 2, mailboxes: box }] })
  expect(await status('2019')).toMatch(/belongs to one store/)
  expect(await status('2019-12')).toMatch(
    /before the first sync\n {2}the change log begins with change 1, at 2020-01-01/,
  )
  expect(await runCommand(['-c', config, 'log', 'replay', '--until', '2020-02', '--json'])).toMatchObject({
    status: 0,
    stdout: containing('"type":"replay","store":"late","seq":0,"at":null'),
  })
})
