import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { factsMigrations } from '../../src/store/facts-schema.ts'
import { openWriter as openWriterHere } from '../../src/store/open-writer.ts'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { Child } from './child.ts'
import { openMailbox } from './sample-mail.ts'
import { openWriter, temporaryStorePath, writeStore } from './sample-store.ts'

const codeOf = (error: unknown): unknown => (error instanceof AppError ? error.code : error)

/** The codes with which writing and reading refuse a path. */
async function refusals(path: string): Promise<{ readonly writing: unknown; readonly reading: unknown }> {
  return { writing: await writing(path), reading: reading(path) }
}

async function writing(path: string): Promise<unknown> {
  try {
    await (await openWriter(path)).close()
    return 'open'
  } catch (error) {
    return codeOf(error)
  }
}

function reading(path: string): unknown {
  try {
    openStoreReader({ path, allowNetwork: false }).close()
    return 'open'
  } catch (error) {
    return codeOf(error)
  }
}

function database(path: string, statements: string): void {
  const made = new Sqlite(path)
  made.exec(statements)
  made.close()
  chmodSync(path, 0o600)
}

function withUmask<T>(mask: number, act: () => T): T {
  const before = process.umask(mask)
  onTestFinished(() => {
    process.umask(before)
  })
  return act()
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

test.for([0o000, 0o022, 0o077])(
  'S09 under umask %i the files of a store are 0600, and a directory made for it 0700',
  async (mask) => {
    const directory = join(temporaryDirectory(), 'new', 'store')
    const path = join(directory, 'mail.db')
    const store = await withUmask(mask, () => openWriter(path))
    await openMailbox(store, 'INBOX')
    const modes = readdirSync(directory).map((name) => [name, modeOf(join(directory, name))])
    await store.close()
    expect(modes.map(([name]) => name)).toEqual(
      expect.arrayContaining(['mail.db', 'mail.db-shm', 'mail.db-wal', 'mail.db.lock', 'mail.index.db']),
    )
    expect(new Set(modes.map(([, mode]) => mode))).toEqual(new Set(['600']))
    expect([modeOf(directory), modeOf(dirname(directory))]).toEqual(['700', '700'])
  },
)

test('F10 where there is no store, reading makes none', async () => {
  const path = temporaryStorePath()
  expect(reading(path)).toBe('STORE_MISSING')
  expect(reading(join(dirname(path), 'no', 'such', 'directory.db'))).toBe('STORE_MISSING')
  expect(readdirSync(dirname(path))).toEqual([])
  expect(await writing(path)).toBe('open')
  expect(reading(path)).toBe('open')
})

test('F10 an empty file is a store that is yet to be made', async () => {
  const path = temporaryStorePath()
  writeFileSync(path, '', { mode: 0o600 })
  expect(reading(path)).toBe('STORE_MISSING')
  expect(await writing(path)).toBe('open')
})

test('a store of an older version is called so, until it is opened for writing', async () => {
  const path = temporaryStorePath()
  database(path, `${factsMigrations.slice(0, 7).join('')} PRAGMA application_id = 0x4d4d6661; PRAGMA user_version = 7`)
  expect(reading(path)).toBe('STORE_OUTDATED')
  expect(await writing(path)).toBe('open')
  expect(reading(path)).toBe('open')
})

test('F10 a link that leads nowhere is a disk that is not there', async () => {
  const path = temporaryStorePath()
  symlinkSync(join(dirname(path), 'unmounted', 'mail.db'), path)
  expect(await refusals(path)).toEqual({ writing: 'STORE_MISSING', reading: 'STORE_MISSING' })
  expect(readdirSync(dirname(path))).toEqual(['mail.db'])
})

test('S25 a file that is no store of ours is refused and left as it is', async () => {
  const path = temporaryStorePath()
  database(path, 'CREATE TABLE contacts (name TEXT); PRAGMA user_version = 1')
  const before = statSync(path).mtimeMs
  expect(await refusals(path)).toEqual({ writing: 'STORE_FOREIGN', reading: 'STORE_FOREIGN' })
  const text = temporaryStorePath()
  writeFileSync(text, 'no database at all\n'.repeat(100), { mode: 0o600 })
  expect(await refusals(text)).toEqual({ writing: 'STORE_FOREIGN', reading: 'STORE_FOREIGN' })
  expect([statSync(path).mtimeMs, statSync(text).size]).toEqual([before, 1900])
})

test.for([
  'CREATE TRIGGER taken AFTER INSERT ON placement BEGIN DELETE FROM content; END',
  'CREATE VIEW taken AS SELECT * FROM content',
])('S25 a store to which someone has added code is refused: %s', async (statement) => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  database(path, statement)
  expect(await refusals(path)).toEqual({ writing: 'STORE_FOREIGN', reading: 'STORE_FOREIGN' })
})

test('F98 a store of a newer mailmirror is refused', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  database(path, 'PRAGMA user_version = 999')
  expect(await refusals(path)).toEqual({ writing: 'STORE_NEWER', reading: 'STORE_NEWER' })
})

test('a damaged store is named as such', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  const size = statSync(path).size
  writeFileSync(path, Buffer.alloc(size - 100, 0xaa), { flag: 'r+' })
  expect((await refusals(path)).reading).toBe('STORE_FOREIGN')
})

test('S09 a store that others can read, or a directory that others can write, is refused', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  chmodSync(path, 0o640)
  expect(await refusals(path)).toEqual({ writing: 'STORE_UNSAFE', reading: 'STORE_UNSAFE' })
  chmodSync(path, 0o600)
  chmodSync(dirname(path), 0o770)
  expect(await refusals(path)).toEqual({ writing: 'STORE_UNSAFE', reading: 'STORE_UNSAFE' })
  chmodSync(dirname(path), 0o700)
  expect(await refusals(path)).toEqual({ writing: 'open', reading: 'open' })
})

test('a directory in the place of the store is refused', async () => {
  const path = temporaryStorePath()
  mkdirSync(path, { mode: 0o700 })
  expect(await refusals(path)).toEqual({ writing: 'STORE_IO', reading: 'STORE_IO' })
})

test('a store that cannot be opened leaves neither a thread nor a lock behind', async () => {
  const path = temporaryStorePath()
  database(path, 'CREATE TABLE contacts (name TEXT)')
  const child = new Child(`await open().catch((error) => tell(codeOf(error)))`, [path])
  expect(await child.told()).toBe('STORE_FOREIGN')
  expect(await child.ended()).toBe(0)
  // In this thread, which would still hold the lock.
  const parts = { path, allowNetwork: false, version: '0.1.0', compress: false }
  for (let times = 0; times < 2; times++) {
    expect(() => openWriterHere(parts, () => 0)).toThrow(expect.objectContaining({ code: 'STORE_FOREIGN' }))
  }
})

test('a store that is closed leaves no thread behind', async () => {
  const path = temporaryStorePath()
  const child = new Child(`await (await open()).close(); tell(process.getActiveResourcesInfo())`, [path])
  expect(await child.told()).not.toContain('MessagePort')
  expect(await child.ended()).toBe(0)
  expect(existsSync(`${path}-wal`)).toBe(false)
})

/** Everything that makes a database what it is, but for what it holds. */
function schemaOf(path: string): unknown {
  const made = new Sqlite(path, { readonly: true })
  const objects = made.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all()
  const schema = { objects, version: made.pragma('user_version'), application: made.pragma('application_id') }
  made.close()
  return schema
}

test('F98 a store of every earlier schema becomes one like a new one, and keeps what it holds', async () => {
  const fresh = temporaryStorePath()
  await writeStore(fresh, (store) => openMailbox(store, 'INBOX'))
  expect(factsMigrations.length).toBeGreaterThan(1)
  for (let version = 1; version < factsMigrations.length; version++) {
    const path = temporaryStorePath()
    database(
      path,
      `${factsMigrations.slice(0, version).join('')}
       INSERT INTO account (id, name, first_seen) VALUES (7, 'kept', 1);
       PRAGMA application_id = 0x4d4d6661; PRAGMA user_version = ${version}`,
    )
    expect(await refusals(path)).toMatchObject({ reading: 'open', writing: 'open' })
    expect(schemaOf(path)).toEqual(schemaOf(fresh))
    const made = new Sqlite(path, { readonly: true })
    expect(made.prepare('SELECT id, name FROM account').all()).toEqual([{ id: 7, name: 'kept' }])
    made.close()
  }
})

test('F06 a store whose making was killed is no store yet to a reader, and whole after the next run', async () => {
  const [made, path] = [temporaryStorePath(), temporaryStorePath()]
  database(
    made,
    `${factsMigrations.join('')} PRAGMA application_id = 0x4d4d6661; PRAGMA user_version = ${factsMigrations.length}`,
  )
  const killed = new Sqlite(made)
  killed.pragma('journal_mode = DELETE')
  killed.pragma('cache_size = 1')
  killed.exec('BEGIN')
  const add = killed.prepare('INSERT INTO account (name, first_seen) VALUES (?, 1)')
  for (let number = 0; number < 2000; number++) add.run(`${number} ${'x'.repeat(500)}`)
  // What is on the disk in the midst of it: a file that is half written, and the journal that undoes it.
  for (const suffix of ['', '-journal']) copyFileSync(`${made}${suffix}`, `${path}${suffix}`)
  chmodSync(path, 0o600)
  killed.exec('ROLLBACK')
  killed.close()
  expect(reading(path)).toBe('STORE_MISSING')
  expect(await writing(path)).toBe('open')
  expect(reading(path)).toBe('open')
})
