import { cpSync, renameSync, rmSync, statSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { followStoreLog } from '../../src/store/followed-log.ts'
import { commitBatch, message, openMailbox } from './sample-mail.ts'
import { openWriter, temporaryStorePath, writeStore } from './sample-store.ts'

test('a followed log tells what has become of the store since it was last looked at', async () => {
  const path = temporaryStorePath()
  const log = followStoreLog({ path, allowNetwork: false })
  onTestFinished(() => log.close())
  expect([log.look(), [...log.changes({ afterSeq: 0 })], log.changeAt(1)]).toEqual(['missing', [], undefined])

  const store = await openWriter(path)
  expect([log.look(), log.look()]).toEqual(['opened', 'same'])
  const { id } = await openMailbox(store, 'INBOX')
  expect([log.look(), log.look()]).toEqual(['grown', 'same'])
  await commitBatch(store, id, { messages: [message(1), message(2)] })
  expect(log.look()).toBe('grown')
  expect([...log.changes({ afterSeq: 1 })].map(({ seq }) => seq)).toEqual([2, 3, 4])
  expect([log.changeAt(3)?.uid, log.changeAt(5), log.seqBefore({ fromMs: 0 })]).toEqual([1, undefined, 0])
  await store.close()
  // Closing empties the write-ahead log.
  expect([log.look(), [...log.changes({ afterSeq: 4 })], log.look()]).toEqual(['grown', [], 'same'])

  cpSync(path, `${path}.copy`)
  rmSync(path)
  expect([log.look(), [...log.changes({ afterSeq: 0 })]]).toEqual(['missing', []])
  renameSync(`${path}.copy`, path)
  expect([log.look(), log.look()]).toEqual(['opened', 'same'])
  // In its place, without a moment in between.
  cpSync(path, `${path}.copy`)
  renameSync(`${path}.copy`, path)
  expect([log.look(), log.look()]).toEqual(['opened', 'same'])
})

test('a log that is followed keeps no writer from emptying its write-ahead log', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  const log = followStoreLog({ path, allowNetwork: false })
  onTestFinished(() => log.close())
  expect(log.look()).toBe('opened')
  const reading = log.changes({ afterSeq: 0 })[Symbol.iterator]()
  reading.next()
  await writeStore(path, (store) => openMailbox(store, 'Archive'))
  expect(statSync(`${path}-wal`).size).toBe(0)
  expect(log.look()).toBe('grown')
  expect([...log.changes({ afterSeq: 2 })].map(({ mailbox }) => mailbox)).toEqual(['Archive', 'Archive'])
})
