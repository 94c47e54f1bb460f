import { symlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { MirrorStore } from '../../src/sync/ports.ts'
import { Child, untilInputEnds } from './child.ts'
import { openReader, openWriter, temporaryStorePath, writeStore } from './sample-store.ts'

const holdLock = `
const store = await open().catch((error) => void tell(codeOf(error)))
if (store) {
  tell('open')
  ${untilInputEnds}
  await store.close()
}
`

const refusal = (opening: Promise<MirrorStore>): Promise<unknown> => opening.then(() => 'open', (error: unknown) => error) // prettier-ignore

test('F11 a second writer is refused at once and told who holds the store: process, host and start', async () => {
  const path = temporaryStorePath()
  const owner = new Child(holdLock, [path])
  expect(await owner.told()).toBe('open')
  const error = await refusal(openWriter(path))
  expect(error).toMatchObject({ code: 'STORE_LOCKED', scope: 'account' })
  const text = `another mailmirror holds the store ${path}: process ${owner.process.pid} on ${hostname()}, since 20`
  expect(String(error)).toContain(text)
  // Readers are not kept out.
  expect(openReader(path).status(['work'], [])).toHaveLength(1)
  owner.goOn()
  expect(await owner.ended()).toBe(0)
  await writeStore(path, (store) => store.beginRun(['work']))
})

test('F11 two writers in one process are kept apart too', async () => {
  const path = temporaryStorePath()
  await writeStore(path, async () => {
    expect(await refusal(openWriter(path))).toMatchObject({ code: 'STORE_LOCKED' })
  })
})

test('F11 the same store under another name has the same lock', async () => {
  const path = temporaryStorePath()
  await writeStore(path, (store) => store.beginRun(['work']))
  const other = join(dirname(path), 'other.db')
  symlinkSync(path, other)
  await writeStore(other, async () => {
    expect(await refusal(openWriter(path))).toMatchObject({ code: 'STORE_LOCKED' })
  })
})

test('F06 F11 a killed owner leaves no lock, and its run is marked', async () => {
  const path = temporaryStorePath()
  const owner = new Child(`const store = await open(); tell(await store.beginRun(['work'])); ${untilInputEnds}`, [path])
  expect(await owner.told()).toBe(1)
  owner.kill()
  expect(await owner.ended()).toBe('SIGKILL')
  expect(await writeStore(path, (store) => store.beginRun(['work']))).toBe(2)
})

test('F11 of five that begin together exactly one gets the store', async () => {
  const path = temporaryStorePath()
  const children = Array.from({ length: 5 }, () => new Child(holdLock, [path]))
  const answers = await Promise.all(children.map((child) => child.told()))
  expect(answers.map(String).toSorted()).toEqual([
    'STORE_LOCKED',
    'STORE_LOCKED',
    'STORE_LOCKED',
    'STORE_LOCKED',
    'open',
  ])
  for (const child of children) child.goOn()
  expect(await Promise.all(children.map((child) => child.ended()))).toEqual([0, 0, 0, 0, 0])
})
