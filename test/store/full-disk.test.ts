import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AppError } from '../../src/model/errors.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { commitBatch, listedMailbox, message, messageRow, openMailbox } from './sample-mail.ts'
import type { Message } from './sample-mail.ts'
import { openWriter, temporaryStorePath } from './sample-store.ts'
import { WritingParts } from './writing-parts.ts'

const large = (uid: number): Message => [messageRow(uid), `${uid} ${'x'.repeat(600_000)}`]
const presentIn = (path: string): readonly number[] =>
  inspectStore(path).mailboxes.flatMap(({ epochs }) =>
    epochs.flatMap(({ placements }) => placements.map(({ uid }) => uid)),
  )

test('F08 a batch for which there is no room writes nothing, and goes in when there is', async () => {
  const path = temporaryStorePath()
  const parts = new WritingParts(path)
  const { handlers, facts } = parts.writer
  parts.do(handlers.recordMailboxes({ account: 'work', listed: [listedMailbox('INBOX')] }))
  const { id } = parts.do(handlers.openEpoch({ mailbox: 1, uidValidity: 7n }))
  parts.do(await parts.batch(id, [message(1)]))
  const before = inspectStore(path)
  const pages = Number(facts.pragma('page_count', { simple: true }))
  facts.pragma(`max_page_count = ${pages + 10}`)
  const tooMuch = await parts.batch(id, [message(2), large(3)], [{ uid: 9, reason: 'the server sent NIL' }])
  expect(parts.commit(tooMuch)).toEqual(['STORE_FULL'])
  expect(inspectStore(path)).toEqual(before)
  // What fits goes in although it waited together with what does not.
  const small = await parts.batch(id, [message(4)])
  const pass = handlers.completePass({ epoch: id, cursor: { uidNext: 5, highestModseq: undefined, messages: 4 } })
  expect(parts.commit(small, tooMuch, pass).map((outcome) => outcome === 'STORE_FULL')).toEqual([false, true, false])
  expect(presentIn(path)).toEqual([1, 4])
  facts.pragma(`max_page_count = ${pages + 1000}`)
  parts.do(tooMuch)
  expect(presentIn(path)).toEqual([1, 2, 3, 4])
  parts.close()
  expectSoundStore(path)
})

test.skipIf(!canMount)(
  'F08 a disk that fills up while a mailbox is synced ends with STORE_FULL and an intact store (needs root)',
  async () => {
    const directory = smallFileSystem(7_000_000)
    const ballast = join(directory, 'ballast')
    writeFileSync(ballast, Buffer.alloc(2_000_000))
    const path = join(directory, 'mail.db')
    const store = await openWriter(path)
    const { id } = await openMailbox(store, 'INBOX')
    let uid = 0
    let error: unknown
    while (error === undefined && uid < 100) {
      uid++
      error = await commitBatch(store, id, { messages: [large(uid)] }).then(() => undefined, (reason: unknown) => reason) // prettier-ignore
    }
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({ code: 'STORE_FULL', scope: 'account' })
    const held = Array.from({ length: uid - 1 }, (_, index) => index + 1)
    expect(held.length).toBeGreaterThan(2)
    expect(presentIn(path)).toEqual(held)
    rmSync(ballast)
    await commitBatch(store, id, { messages: [large(uid)] })
    expect(presentIn(path)).toEqual([...held, uid])
    await store.close()
    expectSoundStore(path)
  },
)

test.skipIf(!canMount)(
  'F08 a disk that is full before there is a store ends with STORE_FULL (needs root)',
  async () => {
    const directory = smallFileSystem(200_000)
    await expect(openWriter(join(directory, 'mail.db'))).rejects.toMatchObject({ code: 'STORE_FULL' })
  },
)
