import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Outbox } from '../../src/send/outbox.ts'
import { openOutbox, openOutboxReader } from '../../src/store/sqlite-outbox.ts'
import { Child, succeeds } from '../store/child.ts'
import { expectSoundStore } from '../store/inspect-store.ts'
import { newMessage, outcome } from '../store/outbox-contract.ts'
import { temporaryStorePath, writeStore } from '../store/sample-store.ts'
import { MemoryOutbox } from '../support/memory-outbox.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { outboxSteps } from './outbox-steps.ts'

const url = (path: string): string => new URL(path, import.meta.url).href

const makeSteps = `
const { openOutbox } = await import('${url('../../dist/store/sqlite-outbox.js')}')
const { outboxSteps } = await import('${url('outbox-steps.ts')}')
const outbox = await openOutbox({ path, allowNetwork: false, version: '0.1.0', clock: Date.now })
for (const step of outboxSteps) {
  await step(outbox)
  tell('done')
}
outbox[Symbol.dispose]()
`

/** Entries and octets. */
async function contentsOf(outbox: Pick<Outbox, 'entries' | 'octets'>): Promise<unknown> {
  const entries = await outbox.entries()
  const held = entries.filter(({ octets }) => octets > 0)
  const octets = await Promise.all(held.map(async ({ id }) => Buffer.from(await outbox.octets(id)).toString('latin1')))
  return { entries, octets }
}

/** What an outbox holds after none, one, two … of the steps. */
async function contentsAfterSteps(): Promise<readonly unknown[]> {
  const outbox = new MemoryOutbox()
  const contents = [await contentsOf(outbox)]
  for (const step of outboxSteps) {
    await step(outbox)
    contents.push(await contentsOf(outbox))
  }
  return contents
}

async function read(path: string): Promise<unknown> {
  using reader = openOutboxReader({ path, allowNetwork: false })
  return await contentsOf(reader)
}

interface Made {
  /** Steps that were told to be durable. */
  readonly done: number
  readonly ended: unknown
}

async function makeStepsUnder(path: string, under: readonly string[]): Promise<Made> {
  const child = new Child(makeSteps, [path], under)
  let done = 0
  while ((await child.told()) === 'done') done++
  return { done, ended: await child.ended() }
}

const tracing = (output: string, calls: string): readonly string[] => ['strace', '-f', '-qq', '-o', output, '-e', `trace=${calls}`] // prettier-ignore

/** An empty store, of which each child gets a copy. */
async function emptyStore(): Promise<string> {
  const path = temporaryStorePath()
  await writeStore(path, () => Promise.resolve())
  return path
}

function putBack(empty: string, path: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  copyFileSync(empty, path)
}

test.skipIf(!succeeds('strace', '-V')).each(['pwrite64', 'fsync', 'ftruncate'])(
  'F06 F93 a process that is killed at any %s has written each step wholly or not at all, and all that it has told',
  async (call) => {
    const contents = await contentsAfterSteps()
    const [empty, path, log] = [await emptyStore(), temporaryStorePath(), join(temporaryDirectory(), 'calls')]
    putBack(empty, path)
    expect(await makeStepsUnder(path, tracing(log, call))).toEqual({ done: outboxSteps.length, ended: 0 })
    expect(await read(path)).toEqual(contents.at(-1))
    const calls = readFileSync(log, 'utf8').split(`${call}(`).length - 1
    expect(calls).toBeGreaterThan(0)
    for (let nth = 1; nth <= calls; nth++) {
      putBack(empty, path)
      const kill = ['-e', `inject=${call}:signal=SIGKILL:when=${nth}`]
      const { done, ended } = await makeStepsUnder(path, [...tracing('/dev/null', call), ...kill])
      // A rule that never fires would pass without a word.
      expect([nth, ended]).toEqual([nth, 'SIGKILL'])
      expectSoundStore(path)
      const found = await read(path)
      const [before, after] = [contents[done], contents[done + 1]]
      expect([nth, found]).toEqual([nth, JSON.stringify(found) === JSON.stringify(before) ? before : (after ?? before)])
    }
  },
  300_000,
)

test.skipIf(!canMount)(
  'F08 a disk that fills up refuses a message with STORE_FULL and keeps all others, which can go on (needs root)',
  async () => {
    const directory = smallFileSystem(7_000_000)
    const ballast = join(directory, 'ballast')
    writeFileSync(ballast, Buffer.alloc(2_000_000))
    const path = join(directory, 'mail.db')
    const threadUrl = new URL('../../dist/writer-thread.js', import.meta.url)
    using outbox = await openOutbox({ path, allowNetwork: false, version: '0.1.0', threadUrl, clock: () => 0 })
    const large = newMessage({ octets: Buffer.alloc(600_000, 'x') })
    let added = 0
    let error: unknown
    while (error === undefined && added < 100) {
      error = await outbox.add(large).then(() => undefined, (reason: unknown) => reason) // prettier-ignore
      if (error === undefined) added++
    }
    expect(error).toMatchObject({ code: 'STORE_FULL' })
    const numbers = Array.from({ length: added }, (_, at) => at + 1)
    expect(added).toBeGreaterThan(1)
    expect((await outbox.entries()).map(({ id }) => id)).toEqual(numbers)
    expect(Buffer.from(await outbox.octets(added)).equals(large.octets)).toBe(true)
    rmSync(ballast)
    expect(await outbox.add(large)).toBe(added + 1)
    await outbox.settle(1, outcome('sent'), 2000)
    expect((await outbox.entries()).map(({ state }) => state)).toEqual(['sent', ...numbers.map(() => 'queued')])
    expectSoundStore(path)
  },
)
