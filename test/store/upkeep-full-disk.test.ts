import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { uidSetOf } from '../../src/model/uid-set.ts'
import { backUpStore } from '../../src/store/back-up-store.ts'
import { compactStore } from '../../src/store/compact-store.ts'
import { openPruner, previewPruning } from '../../src/store/open-pruner.ts'
import type { PruneOutcome, PruneRule } from '../../src/upkeep/prune-ports.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { commitBatch, messageRow, openMailbox, uidOf } from './sample-mail.ts'
import { temporaryStorePath, writeStore } from './sample-store.ts'

const noPause = (): Promise<void> => Promise.resolve()
const clock = { allowNetwork: false, nowMs: () => 4_000_000_000_000 }
const removed: PruneRule = { kind: 'removed-before', beforeMs: 4_000_000_000_000, mailboxes: undefined }

/** Messages of 60 KB in which nothing can be saved. */
async function fill(path: string, first: number, last: number): Promise<void> {
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    for (let uid = first; uid <= last; uid++) {
      const text = `Subject: ${uid}\r\n\r\n${randomBytes(30_000).toString('hex')}\r\n`
      await commitBatch(store, id, { messages: [[messageRow(uid), text]] })
    }
  })
}

async function lose(path: string, first: number, last: number): Promise<void> {
  await writeStore(path, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    const uids = Array.from({ length: last - first + 1 }, (_, index) => uidOf(first + index))
    await store.markRemoved(id, uidSetOf(uids))
  })
}

async function prune(path: string): Promise<PruneOutcome> {
  const pruner = openPruner({ path, version: '0.1.0', ...clock })
  try {
    return await pruner.prune(removed, noPause)
  } finally {
    pruner.close()
  }
}

/** Leaves so many octets of its disk. */
function fillUp(ballast: string, left: number): void {
  const { bavail, bsize } = statfsSync(dirname(ballast))
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - left))
}

test.skipIf(!canMount)(
  'F08 a prune for which there is no room removes nothing, and goes through when there is (needs root)',
  async () => {
    const directory = smallFileSystem(24_000_000)
    const path = join(directory, 'mail.db')
    await fill(path, 1, 60)
    await lose(path, 1, 50)
    const before = inspectStore(path)
    const ballast = join(directory, 'ballast')
    fillUp(ballast, 300_000)
    await expect(prune(path)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(inspectStore(path)).toEqual(before)
    expectSoundStore(path)
    rmSync(ballast)
    expect(await prune(path)).toMatchObject({ messages: 50, trouble: undefined })
  },
)

test.skipIf(!canMount)(
  'F08 where files cannot be written anew a prune says so, and compact ends it when there is room (needs root)',
  async () => {
    const directory = smallFileSystem(32_000_000)
    const path = join(directory, 'mail.db')
    await fill(path, 1, 100)
    await lose(path, 1, 10)
    const ballast = join(directory, 'ballast')
    fillUp(ballast, 3_000_000)
    expect(await prune(path)).toMatchObject({ messages: 10, trouble: 'room' })
    expectSoundStore(path)
    await expect(compactStore({ path, ...clock }, noPause)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(previewPruning({ path, allowNetwork: false }, removed)).toMatchObject({ messages: 0, unfinished: 1 })
    rmSync(ballast)
    const { files, isKept } = await compactStore({ path, ...clock }, noPause)
    expect(isKept).toBe(false)
    expect(files.some(({ before, after }) => after < before)).toBe(true)
    expect(previewPruning({ path, allowNetwork: false }, removed)).toMatchObject({ messages: 0, unfinished: 0 })
    expectSoundStore(path)
  },
)

test.skipIf(!canMount)(
  'F08 a backup onto a disk that is full leaves the snapshot from before, or nothing (needs root)',
  async () => {
    const path = temporaryStorePath()
    const directory = join(smallFileSystem(6_000_000), 'backup')
    const snapshot = join(directory, 'mail.db')
    const backUp = () => backUpStore({ store: path, snapshot, pause: noPause, ...clock })
    await fill(path, 1, 120)
    await expect(backUp()).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(readdirSync(directory).filter((name) => !name.endsWith('.lock'))).toEqual([])
    const small = temporaryStorePath()
    mkdirSync(join(directory, 'second'), { mode: 0o700 })
    const second = join(directory, 'second', 'mail.db')
    await fill(small, 1, 20)
    await backUpStore({ store: small, snapshot: second, pause: noPause, ...clock })
    const before = inspectStore(second)
    await fill(small, 21, 120)
    await expect(backUpStore({ store: small, snapshot: second, pause: noPause, ...clock })).rejects.toMatchObject({ code: 'STORE_FULL' }) // prettier-ignore
    expect(inspectStore(second)).toEqual(before)
    expectSoundStore(second)
    expect(existsSync(snapshot)).toBe(false)
  },
)
