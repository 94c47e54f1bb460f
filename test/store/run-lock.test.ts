import { once } from 'node:events'
import { readdirSync, symlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
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

/** Makes three hundred files, each at the very moment in which its fellow makes the same one. */
const makeTogether = `
const { parentPort, workerData } = require('node:worker_threads')
const arrived = new Int32Array(workerData.arrived)
import(workerData.module).then(({ prepareStoreFile }) => {
  const troubles = []
  for (let round = 1; round <= 300; round++) {
    Atomics.add(arrived, 0, 1)
    while (Atomics.load(arrived, 0) < 2 * round);
    try {
      prepareStoreFile(workerData.directory + '/' + round, { allowNetwork: false })
    } catch (error) {
      troubles.push(error.code)
    }
  }
  parentPort.postMessage(troubles)
})
`

test('F11 two that make the same file at the same moment both find it made', async () => {
  const directory = dirname(temporaryStorePath())
  const module = new URL('../../dist/store/file-safety.js', import.meta.url).href
  const arrived = new SharedArrayBuffer(4)
  const workers = [1, 2].map(() => new Worker(makeTogether, { eval: true, workerData: { arrived, module, directory } }))
  const told = await Promise.all(workers.map((worker) => once(worker, 'message')))
  expect(told).toEqual([[[]], [[]]])
  expect(readdirSync(directory)).toHaveLength(300)
})
