import { chmodSync, chownSync, cpSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { Child } from './child.ts'
import { commitBatch, message, openMailbox } from './sample-mail.ts'
import { openWriter, temporaryStorePath, writeStore } from './sample-store.ts'

/** Root may write anywhere: a child gives that up when it has loaded what it needs. */
const nobody = 65_534
const isRoot = process.getuid?.() === 0
const asNobody = isRoot ? `process.setgid(${nobody}); process.setuid(${nobody});` : ''

const read = `${asNobody}
try {
  const reader = openStoreReader({ path, allowNetwork: false })
  tell(reader.status(['work'], [])[0].mailboxes.map(({ messages }) => messages))
} catch (error) { tell(codeOf(error)) }
`
const write = `${asNobody}
try {
  openWriter({ path, allowNetwork: false, version: '0.1.0', compress: false }, Date.now)
  tell('open')
} catch (error) { tell(codeOf(error)) }
`

/** Takes the right to write away from the directory and what is in it. */
function seal(directory: string): void {
  for (const name of readdirSync(directory)) {
    chmodSync(join(directory, name), 0o400)
    if (isRoot) chownSync(join(directory, name), nobody, nobody)
  }
  if (isRoot) chownSync(directory, nobody, nobody)
  chmodSync(directory, 0o500)
}

test('F10 a store whose directory cannot be written is refused with STORE_IO', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => openMailbox(store, 'INBOX'))
  seal(dirname(path))
  expect(await new Child(write, [path]).told()).toBe('STORE_IO')
  expect(await new Child(read, [path]).told()).toBe('STORE_IO')
  const empty = temporaryStorePath()
  seal(dirname(empty))
  expect(await new Child(write, [empty]).told()).toBe('STORE_IO')
})

test('F10 a copy of a store that was being written can be read where nothing can be written', async () => {
  const path = temporaryStorePath()
  const store = await openWriter(path)
  const { id } = await openMailbox(store, 'INBOX')
  await commitBatch(store, id, { messages: [message(1), message(2)] })
  const copy = temporaryDirectory()
  cpSync(dirname(path), copy, { recursive: true })
  await store.close()
  seal(copy)
  expect(await new Child(read, [join(copy, 'mail.db')]).told()).toEqual([2])
})
