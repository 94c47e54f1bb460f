import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { indexPathOf } from '../../src/store/open-database.ts'
import { indexStore } from '../store/indexed-store.ts'
import { commitBatch, listedMailbox, messageRow } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { runCommand } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const names = ['ada', 'ben', 'cleo'] as const
type Name = (typeof names)[number]

interface Home {
  readonly folder: string
  readonly storeOf: (name: Name) => string
  readonly run: (...args: readonly string[]) => Promise<CommandResult>
}

/** A store for each account, with one message for its name and one that all have. */
async function threeStores(): Promise<Home> {
  const folder = temporaryDirectory()
  const storeOf = (name: Name): string => join(folder, `${name}.db`)
  const config = join(folder, 'config.toml')
  const accounts = names.map(
    (name) => `[accounts.${name}]
email = "${name}@example.org"
store = ${JSON.stringify(storeOf(name))}
[accounts.${name}.imap]
host = "127.0.0.1"
port = 1
security = "none"
password = { env = "ADA_PASSWORD" }
`,
  )
  writeFileSync(config, accounts.join('\n'), { mode: 0o600 })
  for (const name of names) {
    await writeStore(storeOf(name), async (store) => {
      const { listed } = await store.recordMailboxes(name, [listedMailbox('INBOX')])
      const [mailbox] = listed
      if (mailbox === undefined) throw new Error('a mailbox that was listed is not recorded')
      const { id } = await store.openEpoch(mailbox.id, 7n)
      await commitBatch(store, id, { messages: [[messageRow(1), `Subject: of ${name}\r\nFrom: ${name}@example.org\r\n\r\nhello\r\n`]] }) // prettier-ignore
      await store.completePass(id, { uidNext: 2, highestModseq: undefined, messages: 1 }, 'all')
    })
    await indexStore(storeOf(name))
  }
  return { folder, storeOf, run: (...args) => runCommand(['-c', config, ...args]) }
}

/** What happens to ben's store, and what is said of it. */
const breakages: Readonly<Record<string, readonly [break_: (path: string) => void, said: RegExp]>> = {
  truncated: [(path) => truncateSync(path, 70_000), /ben\.db: the database is damaged/],
  'cut to nothing': [(path) => truncateSync(path, 0), /ben\.db is of an older version/],
  'no database': [
    (path) => writeFileSync(path, 'no database '.repeat(5000)),
    /ben\.db: the file is no SQLite database/,
  ],
  'readable by others': [(path) => chmodSync(path, 0o644), /ben\.db can be read or written by other users/],
  missing: [(path) => rmSync(path), /there is no store at .*ben\.db/],
  'of a newer version': [
    (path) => {
      const database = new Sqlite(path)
      database.pragma('user_version = 999')
      database.close()
    },
    /ben\.db was written by a newer mailmirror/,
  ],
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')

test.for(Object.entries(breakages))(
  'a store that is %s is named, and every command tells of the others',
  async ([, [break_, said]]) => {
    const { folder, storeOf, run } = await threeStores()
    break_(storeOf('ben'))
    const told = async (...args: readonly string[]): Promise<string> => {
      const { stdout, stderr, status } = await run(...args)
      expect([args, stderr]).toEqual([args, expect.stringMatching(said)])
      expect([args, status]).toEqual([args, 1])
      return stdout
    }
    expect(linesOf(await told('search', 'hello', '--ids')).toSorted()).toEqual(['ada:1', 'cleo:1'])
    expect(await told('search', 'hello')).toMatch(/of (ada|cleo)[^]*of (ada|cleo)/)
    expect(JSON.parse(await told('stats', '--json'))).toMatchObject({ messages: 2, mailboxes: [{ account: 'ada' }, { account: 'cleo' }] }) // prettier-ignore
    expect(JSON.parse(await told('status', '--json'))).toMatchObject({ accounts: [{ name: 'ada', mailboxes: [{ messages: 1 }] }, { name: 'ben', mailboxes: [] }, { name: 'cleo', mailboxes: [{ messages: 1 }] }] }) // prettier-ignore
    expect(JSON.parse(await told('verify', '--json'))).toMatchObject({
      ok: false,
      checked: { contents: 2 },
      damaged: [],
    })
    const accounts = (await told('log')).match(/"account":"\w+"/g)?.toSorted()
    expect(accounts).toEqual(['ada', 'ada', 'ada', 'cleo', 'cleo', 'cleo'].map((name) => `"account":"${name}"`))
    await told('export', '--format', 'mbox', '--output', join(folder, 'out.mbox'))
    expect(readFileSync(join(folder, 'out.mbox'), 'utf8').match(/^Subject: .*$/gm)?.toSorted()).toEqual(['Subject: of ada', 'Subject: of cleo']) // prettier-ignore
    expect(JSON.parse(await told('prune', '--removed-before', '1d', '--dry-run', '--json'))).toMatchObject({
      messages: 0,
    })
    expect(JSON.parse(await told('backup', join(folder, 'backup'), '--json'))).toMatchObject({ stores: [{ messages: 1 }, { messages: 1 }] }) // prettier-ignore
    expect(await told('reindex')).toBe('')
    // On its own it ends as its trouble does.
    for (const args of [
      ['verify', 'ben'],
      ['backup', join(folder, 'alone'), 'ben'],
    ]) {
      const { stderr, status } = await run(...args)
      expect([args, stderr, (status ?? 0) > 64]).toEqual([args, expect.stringMatching(said), true])
    }
  },
)

test('a store whose index is damaged is named, and the others are searched', async () => {
  const { storeOf, run } = await threeStores()
  writeFileSync(indexPathOf(storeOf('ben')), 'no database '.repeat(5000), { mode: 0o600 })
  for (const args of [['search', 'hello', '--ids'], ['search', 'hello', '--count'], ['stats'], ['verify']]) {
    const { stdout, stderr, status } = await run(...args)
    expect([args, `${stdout}${stderr}`]).toEqual([args, expect.stringMatching(/ben\.index\.db/)])
    expect([args, status]).toEqual([args, args[0] === 'verify' ? 65 : 1])
  }
  expect(linesOf((await run('search', 'hello', '--ids')).stdout).toSorted()).toEqual(['ada:1', 'cleo:1'])
})

test('stores none of which was ever made are no trouble to status', async () => {
  const { storeOf, run } = await threeStores()
  for (const name of names) rmSync(storeOf(name))
  expect(await run('status', '--json')).toMatchObject({ status: 0, stderr: '' })
  expect(await run('search', 'hello')).toMatchObject({ status: 74 })
})
