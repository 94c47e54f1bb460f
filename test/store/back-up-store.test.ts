import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { openStoreAuditor } from '../../src/store/audit-store.ts'
import { backUpStore } from '../../src/store/back-up-store.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { openPruner } from '../../src/store/open-pruner.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { indexStore, readIndex } from './indexed-store.ts'
import { commitBatch, message, messageRow, openMailbox, uidOf } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'
import { openReader, openWriter, temporaryStorePath, writeStore } from './sample-store.ts'
import { found, openSearcher, word } from './searched-store.ts'

const noPause = (): Promise<void> => Promise.resolve()
const snapshotPath = (): string => join(temporaryDirectory(), 'backup', 'mail.db')
const backUp = (store: string, snapshot: string, pause = noPause) =>
  backUpStore({ store, snapshot, pause, allowNetwork: false, nowMs: () => 1_800_000_000_000 })

/** Every row of every table of both files, but for what FTS5 keeps. */
function everythingIn(path: string): Readonly<Record<string, unknown>> {
  const tables: Record<string, unknown> = {}
  for (const file of [path, indexPathOf(path)]) {
    const database = new Sqlite(file, { readonly: true }).defaultSafeIntegers()
    const names = database.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'`).pluck().all() // prettier-ignore
    for (const name of names) tables[name] = database.prepare(`SELECT * FROM "${name}" ORDER BY 1`).raw().all()
    database.close()
  }
  return tables
}

async function fill(path: string, uids: readonly number[], text?: (uid: number) => Message): Promise<void> {
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: uids.map((uid) => text?.(uid) ?? message(uid)) })
  })
  await indexStore(path)
}

function damagesOf(path: string): readonly unknown[] {
  const auditor = openStoreAuditor({ path, allowNetwork: false })
  try {
    return [...auditor.audit({ accounts: [], selectors: [], isChosen: () => true })].filter(({ kind }) => kind === 'damage') // prettier-ignore
  } finally {
    auditor.close()
  }
}

test('a snapshot is the store, and becomes it again by what has changed alone', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, [1, 2, 3])
  const first = await backUp(path, snapshot)
  expect(first).toMatchObject({ isFirst: true, messages: 3, newMessages: 3, pruned: 0, fromSeq: 0, toSeq: 5 })
  expect(everythingIn(snapshot)).toEqual(everythingIn(path))
  expect(await backUp(path, snapshot)).toMatchObject({ isFirst: false, newMessages: 0, newOctets: 0, fromSeq: 5, toSeq: 5 }) // prettier-ignore
  await fill(path, [4])
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await store.applyFlags(id, [messageRow(1, { flags: [String.raw`\Seen`] })])
    await store.markRemoved(id, uidSetOf([uidOf(2)]))
  })
  const octets = message(4)[1].length
  expect(await backUp(path, snapshot)).toMatchObject({ newMessages: 1, newOctets: octets, messages: 4, fromSeq: 5, toSeq: 8 }) // prettier-ignore
  expect(everythingIn(snapshot)).toEqual(everythingIn(path))
  expect(damagesOf(snapshot)).toEqual([])
  expect(found(await openSearcher(snapshot), word('hello'))).toEqual([4, 3, 1])
  expect(readIndex(snapshot).match('hello')).toEqual(readIndex(path).match('hello'))
})

test('only its owner can read a snapshot, and nothing lies beside it', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, [1])
  await backUp(path, snapshot)
  const folder = dirname(snapshot)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777])
  expect(modes).toEqual(['mail.db', 'mail.db.lock', 'mail.index.db'].map((name) => [name, 0o600]))
})

test('a message of many megabytes is copied in its parts', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  const text = `Subject: large\r\n\r\n${'0123456789abcdef'.repeat(700_000)}`
  await fill(path, [1], (uid) => [messageRow(uid), text])
  await backUp(path, snapshot)
  expect(Buffer.from(openReader(snapshot).read(1)).toString('latin1')).toBe(text)
})

test('a sync goes on while a snapshot is made, and none of it is in there', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(
    path,
    Array.from({ length: 450 }, (_, index) => index + 1),
  )
  const store = await openWriter(path)
  const { id } = await openMailbox(store, 'INBOX')
  let uid = 1000
  const outcome = await backUp(path, snapshot, async () => {
    uid++
    await commitBatch(store, id, { messages: [message(uid)] })
  })
  await store.close()
  expect(uid).toBeGreaterThan(1001)
  expect(outcome.messages).toBe(450)
  expect(damagesOf(snapshot)).toEqual([])
  expect(await backUp(path, snapshot)).toMatchObject({ newMessages: uid - 1000, messages: 450 + uid - 1000 })
  expect(damagesOf(snapshot)).toEqual([])
})

test('what is pruned in the store goes from the snapshot, octets and words', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, [1, 2], (uid) => [messageRow(uid), `Subject: q\r\n\r\nsecretword${uid}xyzzy\r\n`])
  await backUp(path, snapshot)
  const pruner = openPruner({ path, allowNetwork: false, version: '0.1.0', nowMs: () => 1_800_000_000_000 })
  await pruner.prune({ kind: 'account', account: 'work' }, noPause)
  pruner.close()
  expect(await backUp(path, snapshot)).toMatchObject({ newMessages: 0, pruned: 2, messages: 0 })
  const octets = readdirSync(dirname(snapshot)).map((name) => readFileSync(join(dirname(snapshot), name), 'latin1'))
  expect(octets.join('')).not.toMatch(/secretword|word1xyzzy|word2xyzzy/)
  expect(damagesOf(snapshot)).toEqual([])
})

const many = (first: number): readonly number[] => Array.from({ length: 250 }, (_, index) => first + index)
const stop = (): Promise<void> => Promise.reject(new Error('stop'))

test('a backup that is interrupted leaves the snapshot from before, or none', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, many(1))
  await expect(backUp(path, snapshot, stop)).rejects.toThrow('stop')
  expect(existsSync(snapshot)).toBe(false)
  await backUp(path, snapshot)
  const before = everythingIn(snapshot)
  await fill(path, many(1001))
  await expect(backUp(path, snapshot, stop)).rejects.toThrow('stop')
  expect(everythingIn(snapshot)).toEqual(before)
  expect(await backUp(path, snapshot)).toMatchObject({ newMessages: 250 })
  expect(everythingIn(snapshot)).toEqual(everythingIn(path))
})

test('wherever a first backup is interrupted it leaves nothing, and it writes nothing twice', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, [1, 2, 3])
  let pauses = 0
  const seen = new Set<string>()
  await backUp(path, join(dirname(snapshot), 'whole.db'), () => {
    pauses++
    for (const name of readdirSync(dirname(snapshot))) seen.add(name)
    return noPause()
  })
  expect([...seen].toSorted()).toEqual(['whole.db.lock', 'whole.db.partial', 'whole.index.db.partial'])
  expect(pauses).toBeGreaterThan(20)
  for (let last = 1; last <= pauses; last++) {
    let left = last
    const backingUp = backUp(path, snapshot, () => (--left === 0 ? stop() : noPause()))
    await expect(backingUp).rejects.toThrow('stop')
    expect(readdirSync(dirname(snapshot)).filter((name) => name.startsWith('mail'))).toEqual(['mail.db.lock'])
  }
  await backUp(path, snapshot)
  expect(everythingIn(snapshot)).toEqual(everythingIn(path))
})

test('a snapshot is not overwritten by another store, nor by one that is older or has lost messages', async () => {
  const [path, other, snapshot] = [temporaryStorePath(), temporaryStorePath(), snapshotPath()]
  await fill(path, [1, 2])
  await writeStore(other, async (store) => {
    await openMailbox(store, 'Archive')
  })
  await backUp(path, snapshot)
  const before = everythingIn(snapshot)
  await expect(backUp(other, snapshot)).rejects.toMatchObject({ code: 'STORE_FOREIGN' })
  const database = new Sqlite(path)
  database.pragma('foreign_keys = OFF')
  database.exec('DELETE FROM content WHERE id = 2')
  database.close()
  await expect(backUp(path, snapshot)).rejects.toThrow('the store has lost 1 messages')
  await expect(backUp(path, path)).rejects.toMatchObject({ code: 'USAGE' })
  expect(everythingIn(snapshot)).toEqual(before)
})

test('a store that cannot be read is said to be so, and its snapshot stays', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, [1, 2])
  await backUp(path, snapshot)
  const before = everythingIn(snapshot)
  truncateSync(path, 40_000)
  await expect(backUp(path, snapshot)).rejects.toMatchObject({ code: 'DAMAGED' })
  writeFileSync(path, 'no database at all'.repeat(100))
  await expect(backUp(path, snapshot)).rejects.toMatchObject({ code: 'STORE_FOREIGN' })
  rmSync(path)
  await expect(backUp(path, snapshot)).rejects.toMatchObject({ code: 'STORE_MISSING' })
  expect(everythingIn(snapshot)).toEqual(before)
})

test('a message that waits to be sent is of unknown outcome in a snapshot', async () => {
  const [path, snapshot] = [temporaryStorePath(), snapshotPath()]
  await fill(path, [1])
  const database = new Sqlite(path)
  database.exec(`INSERT INTO outbox (account, message_id, smtp_envelope, state, queued_at, updated_at)
    VALUES (1, 'a', '{}', 'queued', 1, 1), (1, 'b', '{}', 'sent', 1, 1);
    INSERT INTO outbox_part (entry, part, data) VALUES (1, 0, x'41'), (2, 0, x'42')`)
  database.close()
  await backUp(path, snapshot)
  await backUp(path, snapshot)
  const copy = new Sqlite(snapshot, { readonly: true })
  expect(copy.prepare('SELECT state FROM outbox ORDER BY id').pluck().all()).toEqual(['unknown', 'sent'])
  expect(copy.prepare('SELECT data FROM outbox_part ORDER BY entry').pluck().all()).toEqual([
    Buffer.from('A'),
    Buffer.from('B'),
  ])
  copy.close()
})
