import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import { runCommand, startCommand, writeHome } from '../support/run-command.ts'
import type { CommandResult } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Mirror {
  readonly mail: MailStore
  readonly server: DemoServer
  readonly store: string
  readonly run: (...args: readonly string[]) => Promise<CommandResult>
}

async function mirrored(): Promise<Mirror> {
  const mail = sampleMail()
  const server = await startDemoServer({ store: mail, users: { ada: password } })
  onTestFinished(() => server.close())
  const { config, store } = writeHome(join(temporaryDirectory(), 'home'), server.port)
  const run = (...args: readonly string[]): Promise<CommandResult> => runCommand(['-c', config, ...args])
  expect(await run('sync', '-q')).toMatchObject({ status: 0 })
  return { mail, server, store, run }
}

function vandalise<Answer>(path: string, act: (database: Sqlite.Database) => Answer): Answer {
  const database = new Sqlite(path)
  try {
    database.pragma('foreign_keys = OFF')
    return act(database)
  } finally {
    database.close()
  }
}

interface Document {
  readonly ok: boolean
  readonly checked: { readonly contents: number; readonly placements: number; readonly serverBodies: number | null }
  readonly damaged: readonly {
    readonly id: number | null
    readonly kind: string
    readonly placements: readonly object[]
  }[]
  readonly missing: readonly { readonly mailbox: string; readonly uid: number }[]
  readonly unexpected: readonly object[]
  readonly otherFlags: readonly object[]
  readonly unchecked: readonly object[]
  readonly repaired: number
}

function documentOf({ stdout }: CommandResult): Document {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `verify --json` is said to print; the tests look
  return JSON.parse(stdout) as Document
}

/** Flips one bit in the data of so many contents, compressed ones among them. Returns their numbers. */
function flipBits(path: string, count: number): readonly number[] {
  return vandalise(path, (database) => {
    const contents = database
      .prepare<[number], { id: number; data: Buffer }>(
        `SELECT id, data FROM content WHERE length(data) > 0 ORDER BY encoding DESC, id * 7919 % 101 LIMIT ?`,
      )
      .all(count)
    for (const { id, data } of contents) {
      data.writeUInt8(data.readUInt8(data.length >> 1) ^ 4, data.length >> 1)
      database.prepare('UPDATE content SET data = ? WHERE id = ?').run(data, id)
    }
    return contents.map(({ id }) => id).toSorted((one, other) => one - other)
  })
}

const numbersOf = ({ damaged }: Document): readonly (number | null)[] => damaged.map(({ id }) => id)

describe('F89 verify', () => {
  test('says that a sound store is sound, and what it looked at', async () => {
    const { mail, run } = await mirrored()
    const placements = mail.mailboxes.reduce((sum, { messages }) => sum + messages.length, 0)
    const people = await run('verify')
    expect(people).toMatchObject({ status: 0, stderr: '' })
    expect(people.stdout).toMatch(/^all as it should be: checked \d+ messages \([\d.]+ .?B\) in \d+ places\n$/)
    const { ok, checked, damaged } = documentOf(await run('verify', '--json'))
    expect({ ok, checked: checked.placements, damaged }).toEqual({ ok: true, checked: placements, damaged: [] })
    const some = documentOf(await run('verify', '--json', '--sample', '20'))
    expect(some.checked.contents).toBeLessThan(checked.contents)
    expect(some.checked.placements).toBe(placements)
    const inbox = documentOf(await run('verify', '--json', 'ada/INBOX'))
    expect(inbox.checked.placements).toBe(mail.mailbox('INBOX').messages.length)
  })

  test('finds exactly the contents in which a bit has changed, and --repair restores exactly those', async () => {
    const { mail, store, run } = await mirrored()
    const flipped = flipBits(store, 7)
    const found = await run('verify', '--json')
    expect(found.status).toBe(65)
    expect(numbersOf(documentOf(found))).toEqual(flipped)
    expect(documentOf(found).damaged.every(({ kind, placements }) => kind === 'content' && placements.length > 0)).toBe(
      true,
    )
    const people = await run('verify')
    expect(people.stdout.match(/^damaged {2}message \d+: .* UID \d+/gm)).toHaveLength(7)

    const repaired = await run('verify', '--repair', '--json')
    expect(repaired.status).toBe(0)
    expect(documentOf(repaired)).toMatchObject({ ok: true, damaged: [], repaired: 7 })
    expect((await run('verify')).status).toBe(0)
    expect(mirrorState(store)).toEqual(mailStoreState(mail))
    expect((await run('log')).stdout.split('\n').filter((line) => line.includes('message-removed'))).toEqual([])
  })

  test('what the server no longer has stays damaged and named', async () => {
    const { mail, store, run } = await mirrored()
    const uid = mail.append('INBOX', Buffer.from('Subject: once\r\n\r\nonly here\r\n'))
    await run('sync', '-q')
    mail.expunge('INBOX', [uid])
    vandalise(store, (database) =>
      database.prepare('UPDATE content SET data = ? WHERE id = (SELECT max(id) FROM content)').run(Buffer.from('x')),
    )
    const repaired = await run('verify', '--repair')
    expect(repaired.status).toBe(65)
    expect(repaired.stdout).toContain(`INBOX UID ${uid}`)
  })

  test('a content that is gone from the file is damage, and comes back', async () => {
    const { mail, store, run } = await mirrored()
    vandalise(store, (database) => database.exec('DELETE FROM content WHERE id IN (3, 11)'))
    const found = documentOf(await run('verify', '--json'))
    expect(found.damaged.map(({ id, kind }) => [id, kind])).toEqual([
      [3, 'content'],
      [11, 'content'],
    ])
    expect(documentOf(await run('verify', '--repair', '--json'))).toMatchObject({ ok: true, repaired: 2 })
    expect((await run('verify')).status).toBe(0)
    expect(mirrorState(store)).toEqual(mailStoreState(mail))
  })

  test.each<readonly [string, string, RegExp]>([
    ['a counter', 'UPDATE epoch SET present = present + 1 WHERE id = 1', /holds \d+ present and 0 removed messages/],
    ['a placement that the log knows nothing of', 'UPDATE placement SET removed_at = 1 WHERE epoch = 1 AND uid = 1', /change log disagrees .* UID 1$/m],
    ['flags', `UPDATE placement SET flags = '["\\\\Draft"]' WHERE epoch = 1 AND uid = 2`, /change log disagrees .* UID 2$/m],
    ['a placement of another message', 'UPDATE placement SET content = 40 WHERE epoch = 1 AND uid = 1', /change log disagrees/],
    ['a row of the log that is gone', 'DELETE FROM change WHERE seq = 9', /the change log ends with number \d+ and has \d+ rows/],
  ])('%s that nobody has changed by the rules is damage', async (_name, statement, complaint) => {
    const { store, run } = await mirrored()
    vandalise(store, (database) => database.exec(statement))
    const { status, stdout } = await run('verify')
    expect(status).toBe(65)
    expect(stdout).toMatch(complaint)
  }) // prettier-ignore

  test('a page of the file that is no page is one clear line, not a crash', async () => {
    const { store, run } = await mirrored()
    vandalise(store, (database) => database.pragma('wal_checkpoint(TRUNCATE)'))
    const file = openSync(store, 'r+')
    for (const page of [9, 14]) writeSync(file, Buffer.alloc(32_768, 0x5a), 0, 32_768, page * 32_768)
    closeSync(file)
    const { status, stdout, stderr } = await run('verify')
    expect({ status, stderr }).toEqual({ status: 65, stderr: '' })
    expect(stdout).toContain('The file itself is damaged. Keep a copy of it')
  })

  test('beside the history of a long life the log agrees with what is held', async () => {
    const { mail, run } = await mirrored()
    mail.setFlags('INBOX', [1, 2], [String.raw`\Flagged`, 'Work'])
    mail.expunge('INBOX', [3])
    mail.rename('To read', 'Read')
    await run('sync', '-q')
    const former = mail.mailbox('Sent').uidValidity
    for (const uidValidity of [9000, former, 9001]) {
      mail.setUidValidity('Sent', uidValidity)
      mail.setFlags('Sent', 1, [`at${uidValidity}`])
      await run('sync', '-q')
    }
    mail.deleteMailbox('Junk')
    mail.rename('Sent', 'Sent once')
    await run('sync', '-q')
    expect(await run('verify')).toMatchObject({ status: 0 })
  })

  test('beside a sync that is at work it waits for nothing, and finds nothing wrong', async () => {
    const mail = sampleMail({ messages: 2500 })
    await using server = await startDemoServer({ store: mail, users: { ada: password }, octetsPerSecond: 3_000_000 })
    const { config } = writeHome(join(temporaryDirectory(), 'home'), server.port, 'connections = 1')
    const sync = startCommand(['-c', config, 'sync', '--json'])
    const checks: Promise<CommandResult>[] = []
    let lines = 0
    sync.onLine = (line) => {
      if (line.includes('"batch-committed"') && ++lines % 4 === 1)
        checks.push(runCommand(['-c', config, 'verify', '--json']))
    }
    expect((await sync.ended).status).toBe(0)
    const found = (await Promise.all(checks)).map(documentOf)
    expect(found.length).toBeGreaterThan(1)
    expect(found.map(({ ok }) => ok)).toEqual(found.map(() => true))
    expect(found[0]?.checked.placements).toBeLessThan(2500)
  })

  test('a share that is none, a mailbox that nobody has and a store that was never made are said', async () => {
    const { run } = await mirrored()
    expect(await run('verify', '--sample', '0')).toMatchObject({ status: 64 })
    expect(await run('verify', 'ada/Nowhere')).toMatchObject({ status: 66 })
    const { config } = writeHome(join(temporaryDirectory(), 'home'), 1)
    expect(await runCommand(['-c', config, 'verify'])).toMatchObject({ status: 74 })
  })
})

describe('verify --server', () => {
  test('finds nothing where nothing is wrong, and compares all octets if asked', async () => {
    const { mail, run } = await mirrored()
    const found = documentOf(await run('verify', '--server', '--sample', '100', '--json'))
    const messages = mail.mailboxes.reduce((sum, mailbox) => sum + mailbox.messages.length, 0)
    expect(found).toMatchObject({ ok: true, checked: { serverBodies: messages } })
  })

  test('names what is missing, what is gone and what has other flags, and --repair brings it', async () => {
    const { mail, store, run } = await mirrored()
    const uid = mail.append('INBOX', Buffer.from('Subject: new\r\n\r\n'))
    mail.expunge('Sent', [1])
    mail.setFlags('Archive/2024', 1, ['$odd'])
    const found = await run('verify', '--server', '--json')
    expect(found.status).toBe(1)
    expect(documentOf(found)).toMatchObject({
      ok: false,
      damaged: [],
      missing: [{ account: 'ada', mailbox: 'INBOX', uid }],
      unexpected: [{ account: 'ada', mailbox: 'Sent', uid: 1 }],
      otherFlags: [{ account: 'ada', mailbox: 'Archive/2024', uid: 1 }],
      unchecked: [],
    })
    expect((await run('verify', '--server')).stdout).toContain(`ada/INBOX: 1 message not in the mirror (UID ${uid})`)
    expect(documentOf(await run('verify', '--server', '--repair', '--json'))).toMatchObject({ ok: true, repaired: 1 })
    expect(mirrorState(store)).toEqual(mailStoreState(mail))
  })

  test('F43 other octets under a UID are damage, whichever side is right', async () => {
    const { server, run } = await mirrored()
    server.faults.add({
      when: { command: /BODY\.PEEK\[\]/ },
      action: {
        kind: 'edit-rows',
        edit: (row) => [
          {
            ...row,
            items: row.items.map((item) =>
              row.uid === 2 && 'octets' in item && item.octets !== undefined
                ? { ...item, octets: Buffer.from(item.octets).fill(0x21, 0, 3) }
                : item,
            ),
          },
        ],
      },
    })
    const found = await run('verify', '--server', '--sample', '100', '--json', 'ada/INBOX')
    expect(found.status).toBe(65)
    expect(documentOf(found).damaged).toMatchObject([{ kind: 'placement', placements: [{ mailbox: 'INBOX', uid: 2 }] }])
  })

  test('what cannot be compared is said, and is not called equal', async () => {
    const { mail, server, run } = await mirrored()
    mail.setUidValidity('Sent', 4711)
    server.faults.add({
      when: { command: /EXAMINE "?Junk/ },
      action: { kind: 'answer', status: 'NO', text: 'not now' },
    })
    const found = await run('verify', '--server', '--json')
    expect(found.status).toBe(1)
    expect(documentOf(found).unchecked).toMatchObject([{ mailbox: 'Sent' }, { mailbox: 'Junk' }])
    await server.close()
    const gone = await run('verify', '--server')
    expect(gone.status).toBe(69)
    expect(gone.stdout).toMatch(/^unknown {2}ada: could not reach/m)
  })

  test('a server that leaves rows out of a listing has lost nothing', async () => {
    const { server, run } = await mirrored()
    server.faults.add({ when: { command: /UID FETCH 1:\*/ }, action: { kind: 'omit-rows', uids: [1, 2, 3] } })
    expect(await run('verify', '--server')).toMatchObject({ status: 0 })
  })
})

describe('the index', () => {
  const spoils: readonly (readonly [what: string, sql: string, problem: string])[] = [
    ['lacks a message', 'DELETE FROM message WHERE id = 5', 'lacks 1 of the messages'],
    ['has one too many', 'UPDATE message SET id = 900000 WHERE id = 5', 'has 1 messages that the store does not have'],
    ['gives another size', 'UPDATE message SET octets = 1 WHERE id IN (5, 6)', 'gives 2 messages another size'],
    [
      'lacks the words of one',
      'DELETE FROM message_text WHERE rowid = 5',
      'the words of 1 messages are not in the index',
    ],
    [
      'has attachments of none',
      'UPDATE attachment SET message = 900000 WHERE message = (SELECT min(message) FROM attachment)',
      'attachments of no message',
    ],
    ['has a damaged text', "UPDATE text_block SET data = x'00'", 'in the index are damaged'],
    ['is no database', '', 'the file is no SQLite database'],
  ]

  test('that differs from the content is found, and reindex makes it anew', async () => {
    const { store, run } = await mirrored()
    const index = indexPathOf(store)
    for (const [what, sql, problem] of spoils) {
      if (sql === '') writeFileSync(index, 'Not what it was.'.repeat(1000))
      else vandalise(index, (database) => database.exec(sql))
      const found = await run('verify', '--json')
      expect({ what, status: found.status }).toEqual({ what, status: 65 })
      expect(documentOf(found).damaged.map(({ kind }) => kind)).toContain('index')
      const page = await run('verify')
      expect(page.stdout).toContain(problem)
      expect(page.stdout).toContain('`mailmirror reindex`')
      if (sql === '') rmSync(index)
      expect(await run('reindex', '-q')).toMatchObject({ status: 0 })
      expect(await run('verify')).toMatchObject({ status: 0 })
    }
  }, 60_000)
})

test('status says what cannot be searched yet, what could not be read, and that an index is damaged', async () => {
  const { store, run } = await mirrored()
  expect((await run('status')).stdout).not.toContain('search')
  vandalise(indexPathOf(store), (database) => database.exec("UPDATE message SET trouble = 'cut' WHERE id IN (1, 2)"))
  const page = await run('status')
  expect(page.stdout).toContain('2 messages found by what could be read')
  rmSync(indexPathOf(store))
  const without = await run('status')
  expect(without.stdout).toMatch(/\d+ messages cannot be searched yet/)
  const json: unknown = JSON.parse((await run('status', '--json')).stdout)
  expect(json).toMatchObject({ indexes: [{ store, stale: 0, troubled: 0, trouble: null }] })
  writeFileSync(indexPathOf(store), 'Not what it was.'.repeat(1000), { mode: 0o600 })
  expect(await run('status')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('The index cannot be read') as unknown,
  })
})
