import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { indexPathOf } from '../../src/store/open-database.ts'
import { openStoreAuditor } from '../../src/store/audit-store.ts'
import { succeeds } from '../store/child.ts'
import { indexStore } from '../store/indexed-store.ts'
import { commitBatch, messageRow, openMailbox } from '../store/sample-mail.ts'
import { writeStore } from '../store/sample-store.ts'
import { writeHome } from '../support/run-command.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const hasStrace = succeeds('strace', '-V')

/** Of one whose helper was killed: 74, and what it was at is as it was before. */
const helperKilled = 74

/** Ends with true where the program, or the process that helps it, was killed at the n-th such call of a thread. */
async function runUntil(
  args: readonly string[],
  point?: { readonly call: string; readonly nth: number },
): Promise<boolean> {
  const own = [process.execPath, program, ...args]
  const rule = point === undefined ? [] : ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${point.call}`, '-e', `inject=${point.call}:signal=SIGKILL:when=${point.nth}`] // prettier-ignore
  const [command = '', ...rest] = [...rule, ...own]
  const child = spawn(command, rest, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
    stdio: 'ignore',
  })
  await once(child, 'exit')
  const isKilled = child.signalCode === 'SIGKILL' || [137, helperKilled].includes(child.exitCode ?? 0)
  if (!isKilled && child.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`)
  return isKilled
}

interface Home {
  readonly config: string
  readonly store: string
}

const text = (uid: number): string => `Subject: number ${uid}\r\n\r\nmark${uid}x ${'text '.repeat(uid * 20)}\r\n`

/** 120 messages. */
async function makeHome(): Promise<Home> {
  const home = writeHome(join(temporaryDirectory(), 'home'), 1)
  await writeStore(home.store, async (store) => {
    const { id } = await openMailbox(store, 'INBOX')
    await commitBatch(store, id, { messages: Array.from({ length: 120 }, (_, index) => [messageRow(index + 1), text(index + 1)]) }) // prettier-ignore
  })
  await indexStore(home.store)
  return home
}

/** The same home somewhere else. */
function copyOf({ config }: Home): Home {
  const directory = join(temporaryDirectory(), 'home')
  const home = writeHome(directory, 1)
  for (const name of readdirSync(dirname(config))) {
    if (name.startsWith('mail.')) cpSync(join(dirname(config), name), join(directory, name))
  }
  return home
}

function rowsOf(path: string, sql: readonly string[]): readonly unknown[] {
  const database = new Sqlite(path, { readonly: true })
  try {
    return sql.map((one) => database.prepare(one).all())
  } finally {
    database.close()
  }
}

/** What is in the store but for times and which prune it was. */
const stateOf = (path: string): readonly unknown[] => [
  ...rowsOf(path, ['SELECT id, sha256, octets, data, pruned IS NULL AS held FROM content', 'SELECT epoch, uid, content, flags, removed_at IS NULL AS held FROM placement', 'SELECT seq, kind, uid, before, after FROM change']), // prettier-ignore
  ...rowsOf(indexPathOf(path), ['SELECT id, subject FROM message', 'SELECT id FROM message_text_docsize', 'SELECT * FROM watermark']), // prettier-ignore
]

function damagesOf(path: string): readonly unknown[] {
  const auditor = openStoreAuditor({ path, allowNetwork: false })
  try {
    return [...auditor.audit({ accounts: [], selectors: [], isChosen: () => true })].filter(({ kind }) => kind === 'damage') // prettier-ignore
  } finally {
    auditor.close()
  }
}

const pruning = ({ config }: Home): readonly string[] => ['-c', config, 'prune', '--account', 'work', '--yes']
const compacting = ({ config }: Home): readonly string[] => ['-c', config, 'compact']
const folderOf = ({ store }: Home): string => join(dirname(store), 'backup')

const snapshotOf = (home: Home): string => join(folderOf(home), 'mail.db')
const backingUp = (home: Home): readonly string[] => ['-c', home.config, 'backup', folderOf(home)]

const calls = ['pwrite64', 'fsync', 'fdatasync', 'ftruncate', 'unlink', 'rename'] as const

/** Kills at the 1st, 3rd, 7th, 15th … call of each kind, until it is not killed any more; returns how often it was. */
async function killEverywhere(
  args: (home: Home) => readonly string[],
  stage: Home,
  check: (home: Home) => Promise<void>,
): Promise<number> {
  // prettier-ignore
  let kills = 0
  for (const call of calls) {
    for (let nth = 1; ; nth = nth * 2 + 1) {
      const home = copyOf(stage)
      if (!(await runUntil(args(home), { call, nth }))) break
      kills++
      await check(home)
    }
  }
  return kills
}

test.skipIf(!hasStrace)(
  'a prune that is killed at any write leaves a whole store, and the next one ends it',
  async () => {
    const stage = await makeHome()
    const whole = copyOf(stage)
    await runUntil(pruning(whole))
    const expected = stateOf(whole.store)
    const kills = await killEverywhere(pruning, stage, async (home) => {
      expect(damagesOf(home.store)).toEqual([])
      await runUntil(pruning(home))
      expect(stateOf(home.store)).toEqual(expected)
      expect(damagesOf(home.store)).toEqual([])
      const folder = dirname(home.store)
      const octets = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
      expect(octets.includes('mark1x') || octets.includes('mark77x')).toBe(false)
    })
    expect(kills).toBeGreaterThan(12)
  },
  300_000,
)

test.skipIf(!hasStrace)(
  'a compaction that is killed at any write changes nothing of what is held',
  async () => {
    const stage = await makeHome()
    const before = stateOf(stage.store)
    const kills = await killEverywhere(compacting, stage, (home) => {
      expect(stateOf(home.store)).toEqual(before)
      expect(damagesOf(home.store)).toEqual([])
      return Promise.resolve()
    })
    expect(kills).toBeGreaterThan(8)
  },
  300_000,
)

test.skipIf(!hasStrace)(
  'a backup that is killed at any write leaves the snapshot from before, and the next one ends it',
  async () => {
    const stage = await makeHome()
    const expected = stateOf(stage.store)
    const first = await killEverywhere(backingUp, stage, async (home) => {
      expect(existsSync(snapshotOf(home)) ? stateOf(snapshotOf(home)) : expected).toEqual(expected)
      await runUntil(backingUp(home))
      expect(stateOf(snapshotOf(home))).toEqual(expected)
    })
    const snapshot = join(temporaryDirectory(), 'backup')
    await runUntil(['-c', stage.config, 'backup', snapshot])
    await writeStore(stage.store, async (store) => {
      const { id } = await openMailbox(store, 'INBOX')
      await commitBatch(store, id, { messages: [[messageRow(500), `Subject: late\r\n\r\n${'more '.repeat(40_000)}`]] })
    })
    await indexStore(stage.store)
    const later = stateOf(stage.store)
    const beginLater = (home: Home): readonly string[] => {
      cpSync(snapshot, folderOf(home), { recursive: true })
      return backingUp(home)
    }
    const second = await killEverywhere(beginLater, stage, async (home) => {
      expect(damagesOf(snapshotOf(home))).toEqual([])
      expect([expected.slice(0, 3), later.slice(0, 3)]).toContainEqual(stateOf(snapshotOf(home)).slice(0, 3))
      await runUntil(backingUp(home))
      expect(stateOf(snapshotOf(home))).toEqual(later)
    })
    expect([first, second].every((kills) => kills > 8)).toBe(true)
  },
  300_000,
)
