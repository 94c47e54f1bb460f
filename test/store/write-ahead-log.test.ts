import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { factsMigrations } from '../../src/store/facts-schema.ts'
import type { EpochId, MirrorStore } from '../../src/sync/ports.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { commitBatch, message, messageRow, openMailbox } from './sample-mail.ts'
import { openWriter, temporaryStorePath } from './sample-store.ts'

const pageSize = 16_384
const headerOctets = 32
const frameOctets = 24 + pageSize

test('F07 a power loss may cost the newest commits, whole ones, and nothing else', async () => {
  const path = temporaryStorePath()
  const store = await openWriter(path)
  const { id } = await openMailbox(store, 'INBOX')
  for (let uid = 1; uid <= 8; uid += 2) {
    await commitBatch(store, id, { messages: [message(uid), [messageRow(uid + 1), `${uid}`.repeat(20_000)]] })
  }
  await store.completePass(id, { uidNext: 9, highestModseq: 5n, messages: 8 })
  const log = readFileSync(`${path}-wal`)
  const copy = join(dirname(path), 'copy.db')
  copyFileSync(path, copy)
  await store.close()
  const whole = inspectStore(path).changes
  const frames = (log.length - headerOctets) / frameOctets
  const reached = new Set<number>()
  for (let frame = 0; frame <= frames; frame++) {
    // What a disk was writing when the power went may be anything.
    const torn = Buffer.alloc(frame % 2 === 0 ? 0 : 5000, 0x5a)
    writeFileSync(`${copy}-wal`, Buffer.concat([log.subarray(0, headerOctets + frame * frameOctets), torn]))
    if (!hasSchema(copy)) continue
    expectSoundStore(copy)
    const { changes } = inspectStore(copy)
    expect(changes).toEqual(whole.slice(0, changes.length))
    reached.add(changes.length)
  }
  expect(frames).toBeGreaterThan(30)
  // Each commit is seen, none in part: the mailbox and its epoch, then two messages at a time.
  expect([...reached]).toEqual([0, 1, 2, 4, 6, 8, 10])
})

function hasSchema(path: string): boolean {
  const database = new Sqlite(path, { readonly: true })
  const version = database.pragma('user_version', { simple: true })
  database.close()
  return version === factsMigrations.length
}

async function write(store: MirrorStore, epoch: EpochId, uid: number): Promise<void> {
  await commitBatch(store, epoch, { messages: [[messageRow(uid), `${uid} ${'x'.repeat(2_000_000)}`]] })
}

test('the write-ahead log of a long run stays small', async () => {
  const path = temporaryStorePath()
  const store = await openWriter(path, { compress: false })
  const { id } = await openMailbox(store, 'INBOX')
  for (let uid = 1; uid <= 40; uid++) await write(store, id, uid)
  expect(statSync(`${path}-wal`).size).toBeLessThan(24_000_000)
  await store.close()
})

test('a log that a reader has kept from being emptied is cut back when the reader is gone', async () => {
  const path = temporaryStorePath()
  const store = await openWriter(path, { compress: false })
  const { id } = await openMailbox(store, 'INBOX')
  const reader = new Sqlite(path, { readonly: true })
  onTestFinished(() => {
    reader.close()
  })
  reader.exec('BEGIN')
  reader.prepare('SELECT count(*) FROM change').get()
  for (let uid = 1; uid <= 50; uid++) await write(store, id, uid)
  const grown = statSync(`${path}-wal`).size
  reader.exec('COMMIT')
  for (let uid = 51; uid <= 65; uid++) await write(store, id, uid)
  expect(grown).toBeGreaterThan(100_000_000)
  expect(statSync(`${path}-wal`).size).toBeLessThan(70_000_000)
  await store.close()
  expect(statSync(`${path}-wal`).size).toBe(0)
})

test('a store whose log was cut off in the middle goes on where it was', async () => {
  const path = temporaryStorePath()
  const store = await openWriter(path)
  const { id } = await openMailbox(store, 'INBOX')
  await commitBatch(store, id, { messages: [message(1)] })
  const copy = join(dirname(path), 'copy.db')
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix)
  truncateSync(`${copy}-wal`, statSync(`${copy}-wal`).size - 1)
  await store.close()
  const again = await openWriter(copy)
  const epoch = await openMailbox(again, 'INBOX')
  await commitBatch(again, epoch.id, { messages: [message(1)] })
  await again.close()
  expectSoundStore(copy)
  expect(inspectStore(copy).mailboxes).toEqual(inspectStore(path).mailboxes)
})
