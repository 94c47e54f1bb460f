import { chmodSync, existsSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import type { Outbox } from '../../src/send/outbox.ts'
import { openStoreAuditor } from '../../src/store/audit-store.ts'
import { factsMigrations } from '../../src/store/facts-schema.ts'
import { openOutbox, openOutboxReader } from '../../src/store/sqlite-outbox.ts'
import { MemoryOutbox } from '../support/memory-outbox.ts'
import { Child, untilInputEnds } from './child.ts'
import { expectSoundStore } from './inspect-store.ts'
import { entryOf, newMessage, outboxContract, outcome } from './outbox-contract.ts'
import { openReader, temporaryStorePath, writeStore } from './sample-store.ts'

const threadUrl = new URL('../../dist/writer-thread.js', import.meta.url)

function openAt(path: string): Promise<Outbox> {
  return openOutbox({ path, allowNetwork: false, version: '0.1.0', threadUrl, clock: () => 0 })
}

async function openSqlite(): Promise<Outbox> {
  const path = temporaryStorePath()
  onTestFinished(() => expectSoundStore(path))
  return openAt(path)
}

outboxContract('memory', () => Promise.resolve(new MemoryOutbox()))
outboxContract('sqlite', openSqlite)

const reading = (path: string): ReturnType<typeof openOutboxReader> => openOutboxReader({ path, allowNetwork: false })

test('F93 what was written is there for the next process, and for one that only reads', async () => {
  const path = temporaryStorePath()
  const octets = Buffer.alloc(20_000_000, 'line of a message\r\n')
  const before = await openAt(path)
  for (const state of ['sent', 'failed', 'unknown'] as const) {
    await before.settle(await before.add(newMessage({ octets })), outcome(state), 2000)
  }
  const entries = await before.entries()
  before[Symbol.dispose]()
  using again = await openAt(path)
  using reader = reading(path)
  for (const outbox of [again, reader]) {
    expect(await outbox.entries()).toEqual(entries)
    expect(Buffer.from(await outbox.octets(3)).equals(octets)).toBe(true)
  }
})

test('an outbox is written beside a sync that runs, and no row of it keeps a sync from its work', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async (store) => {
    using outbox = await openAt(path)
    const id = await outbox.add(newMessage({ account: 'never synced' }))
    await store.beginRun(['work'])
    expect(await outbox.beginSending(id, 2000)).toBe(true)
    await store.beginRun(['never synced'])
  })
  expect(openReader(path).status(['never synced'], [])).toHaveLength(1)
  expectSoundStore(path)
})

test('a store that another process writes to is waited for', async () => {
  const path = temporaryStorePath()
  using outbox = await openAt(path)
  const child = new Child(
    `const { default: Sqlite } = await import('${import.meta.resolve('better-sqlite3')}')
     const database = new Sqlite(path)
     database.exec("BEGIN IMMEDIATE; INSERT INTO account (name, first_seen) VALUES ('slow', 1)")
     tell('begun')
     setTimeout(() => { database.exec('COMMIT'); tell('over') }, 500)`,
    [path],
  )
  expect(await child.told()).toBe('begun')
  const id = await outbox.add(newMessage())
  expect((await entryOf(outbox, id)).state).toBe('queued')
  expect(await child.told()).toBe('over')
})

test('where there is no store, an outbox that is only read is empty and makes none', async () => {
  const path = temporaryStorePath()
  using reader = reading(path)
  expect(await reader.entries()).toEqual([])
  await expect(reader.octets(1)).rejects.toMatchObject({ code: 'NO_SUCH_MESSAGE' })
  expect(readdirSync(dirname(path))).toEqual([])
})

test('a store of an older version has an empty outbox until something is queued', async () => {
  const path = temporaryStorePath()
  const older = new Sqlite(path)
  older.exec(`${factsMigrations.slice(0, 8).join('')} PRAGMA application_id = 0x4d4d6661; PRAGMA user_version = 8`)
  older.close()
  chmodSync(path, 0o600)
  using before = reading(path)
  expect(await before.entries()).toEqual([])
  expect(existsSync(`${path}.lock`)).toBe(false)
  using outbox = await openAt(path)
  await outbox.add(newMessage())
  using after = reading(path)
  expect(await after.entries()).toEqual(await outbox.entries())
})

test('F10 a link that leads nowhere is no empty outbox', () => {
  const path = temporaryStorePath()
  symlinkSync(join(dirname(path), 'not mounted'), path)
  expect(() => reading(path)).toThrow(expect.objectContaining({ code: 'STORE_MISSING' }))
})

const damages: readonly (readonly [name: string, damage: string])[] = [
  ['an envelope that is no JSON', `smtp_envelope = '{'`],
  ['an envelope of another shape', `smtp_envelope = '{"from":1,"to":[]}'`],
  ['a recipient that is no text', `smtp_envelope = '{"from":"","to":[1,2]}'`],
  ['a result that is no JSON', `result = 'x'`],
  ['a result of null', `result = 'null'`],
  ['a result about fewer recipients', `result = '{"recipients":[]}'`],
  ['a result of an unknown state', `result = '{"recipients":[{"address":"ada@example.org","state":"x"},{"address":"zoe@example.org","state":"waiting"}]}'`], // prettier-ignore
  ['a result about somebody else', `result = '{"recipients":[{"address":"eve@example.org","state":"waiting"},{"address":"zoe@example.org","state":"waiting"}]}'`], // prettier-ignore
]

test.each(damages)('S25 %s is called damaged', async (_, damage) => {
  const path = temporaryStorePath()
  using outbox = await openAt(path)
  const id = await outbox.add(newMessage())
  edit(path, `UPDATE outbox SET ${damage}`)
  await expect(outbox.entries()).rejects.toMatchObject({ code: 'DAMAGED' })
  await expect(outbox.beginSending(id, 2000)).rejects.toMatchObject({ code: 'DAMAGED' })
})

test.each([
  ['that are others', `UPDATE outbox_part SET data = zeroblob(length(data))`],
  ['that are too few', `DELETE FROM outbox_part`],
  ['that claim to be very many', `UPDATE outbox SET octets = 1 << 50`],
])('S25 octets %s are never sent', async (_, damage) => {
  const path = temporaryStorePath()
  using outbox = await openAt(path)
  const id = await outbox.add(newMessage())
  edit(path, damage)
  await expect(outbox.octets(id)).rejects.toMatchObject({ code: 'DAMAGED' })
})

test('F93 an audit names the messages of an outbox whose rows or octets are damaged', async () => {
  const path = temporaryStorePath()
  using outbox = await openAt(path)
  for (let number = 0; number < 4; number++) await outbox.add(newMessage())
  await outbox.settle(4, outcome('sent'), 2000)
  await outbox.noteCopy(4, 'appended', 3000)
  expect(problemsIn(path)).toEqual([])
  edit(
    path,
    `UPDATE outbox_part SET data = zeroblob(length(data)) WHERE entry = 2; UPDATE outbox SET result = '1' WHERE id = 3`,
  )
  expect(problemsIn(path)).toEqual([
    'could not read message 2 of the outbox: its octets are not those that were queued',
    'could not read message 3 of the outbox: its row is damaged',
  ])
})

function problemsIn(path: string): readonly string[] {
  const auditor = openStoreAuditor({ path, allowNetwork: false })
  const steps = [...auditor.audit({ accounts: [], selectors: [], isChosen: () => true })]
  auditor.close()
  return steps.flatMap((step) => (step.kind === 'damage' ? [step.damage.problem] : []))
}

function edit(path: string, sql: string): void {
  const database = new Sqlite(path)
  database.exec(sql)
  database.close()
}

const openChild = `
const { openOutbox } = await import('${new URL('../../dist/store/sqlite-outbox.js', import.meta.url).href}')
const outbox = await openOutbox({ path, allowNetwork: false, version: '0.1.0', clock: Date.now })
`

test('of five processes exactly one sends, and a killed one leaves no lock', async () => {
  const path = temporaryStorePath()
  using outbox = await openAt(path)
  const hold = `${openChild}
    const lock = await outbox.lockSending()
    tell(lock !== undefined)
    ${untilInputEnds}`
  const children = Array.from({ length: 5 }, () => new Child(hold, [path]))
  const told = await Promise.all(children.map((child) => child.told()))
  expect(told.filter((isHeld) => isHeld === true)).toHaveLength(1)
  expect(await outbox.lockSending()).toBeUndefined()
  expect((statSync(`${path}.outbox-lock`).mode & 0o777).toString(8)).toBe('600')
  for (const child of children) child.kill()
  await Promise.all(children.map((child) => child.ended()))
  using lock = await outbox.lockSending()
  expect(lock).toBeDefined()
})

test('of three processes that want to send two hundred messages each is taken once', async () => {
  const path = temporaryStorePath()
  using outbox = await openAt(path)
  const messages = Array.from({ length: 200 }, (_, at) => at + 1)
  for (const _ of messages) await outbox.add(newMessage())
  const takeAll = `${openChild}
    tell('ready')
    ${untilInputEnds}
    const taken = []
    for (let id = 1; id <= 200; id++) if (await outbox.beginSending(id, 2000)) taken.push(id)
    tell(taken)`
  const children = Array.from({ length: 3 }, () => new Child(takeAll, [path]))
  for (const child of children) expect(await child.told()).toBe('ready')
  for (const child of children) child.goOn()
  const taken = await Promise.all(children.map((child) => child.told()))
  expect(taken.flat().map(Number).toSorted((one, other) => one - other)).toEqual(messages) // prettier-ignore
  expect((await outbox.entries()).map(({ attempts }) => attempts)).toEqual(messages.map(() => 1))
})
