import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { AppError } from '../../src/model/errors.ts'
import { openStoreAuditor } from '../../src/store/audit-store.ts'
import { expectSoundStore } from '../store/inspect-store.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { writeHome } from '../support/run-command.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { bodiesAsked } from './bodies-asked.ts'

const tracer = 'strace'
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** System calls at which the program is killed: what writes to the disk, and what marks its way through a run. */
export const killCalls = ['pwrite64', 'fsync', 'ftruncate', 'unlink', 'write', 'epoll_pwait', 'read'] as const
export type KillCall = (typeof killCalls)[number]

/** The n-th such call of whichever thread is the first to make so many. */
export interface KillPoint {
  readonly call: KillCall
  readonly nth: number
}

export interface Scenario {
  readonly name: string
  /** Mirrored before the change. */
  readonly isMirrored: boolean
  readonly change: (mail: MailStore) => void
}

const flagged = String.raw`\Flagged`

export const scenarios: readonly Scenario[] = [
  { name: 'a first sync', isMirrored: false, change: () => undefined },
  {
    name: 'a sync of every kind of change',
    isMirrored: true,
    change: (mail) => {
      mail.setFlags('INBOX', [1, 2, 3], [flagged, 'Work'])
      mail.expunge('INBOX', [4, 5])
      for (let number = 0; number < 30; number++) {
        mail.append('INBOX', Buffer.from(`Subject: new ${number}\r\n\r\n${'text '.repeat(number * 40)}\r\n`))
      }
      mail.rename('To read', 'Read')
      mail.setUidValidity('Archive/2024', 9000)
      mail.deleteMailbox('Junk')
    },
  },
]

/** A server whose mail does not change any more, and the store as it was before. */
export interface KillStage extends AsyncDisposable {
  readonly server: DemoServer
  readonly truth: MailboxesState
  /** What a run that nobody killed notes as removed. */
  readonly removed: MailboxesState
  readonly directory: string
  readonly config: string
  readonly store: string
  readonly before: string
  /** Of each call, how many the thread makes that makes most. */
  readonly counts: Readonly<Record<KillCall, number>>
}

export async function openKillStage({ isMirrored, change }: Scenario): Promise<KillStage> {
  const directory = temporaryDirectory()
  const mail = sampleMail()
  const server = await startDemoServer({ store: mail, users: { ada: password } })
  const { config, store } = writeHome(join(directory, 'home'), server.port, 'connections = 2')
  const before = join(directory, 'before.db')
  if (isMirrored) await sync(server, before)
  change(mail)
  const log = join(directory, 'calls')
  putBack(before, store)
  expect(await runUnder(['--seccomp-bpf', '-o', log, '-e', `trace=${killCalls.join()}`], config)).toBe(0)
  const counts = countCalls(readFileSync(log, 'utf8'))
  const truth = mailStoreState(mail)
  expect(mirrorState(store)).toEqual(truth)
  return {
    server,
    truth,
    removed: mirrorState(store, 'removed'),
    directory,
    config,
    store,
    before,
    counts,
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** Of each kind so many points, spread evenly over the run; `most` where a run has no more. */
export function spread({ counts }: KillStage, most: Partial<Record<KillCall, number>>): readonly KillPoint[] {
  return killCalls.flatMap((call) => {
    const wanted = Math.min(most[call] ?? 0, counts[call])
    return Array.from({ length: wanted }, (_, index) => ({
      call,
      nth: 1 + Math.floor(((index + 0.5) * counts[call]) / wanted),
    }))
  })
}

/** Kills a sync there; then one clean run gives what an undisturbed one gives, without asking for a committed body again, and
 *  the next one finds nothing to do. False: the run ended before. */
export async function expectToSurviveKill(stage: KillStage, { call, nth }: KillPoint): Promise<boolean> {
  const { server, store, before, config } = stage
  putBack(before, store)
  const inject = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`]
  if ((await runUnder(inject, config)) === 0) return false
  expectNoDamage(store)
  const known = existsSync(before) ? mirrorState(before) : {}
  const committed = Object.keys(tryState(store)).filter((key) => known[key] === undefined)
  const asked = server.commands.length
  expect((await sync(server, store)).result.complete).toBe(true)
  expect(committed.filter(bodiesAsked(server, asked))).toEqual([])
  expect(mirrorState(store)).toEqual(stage.truth)
  expect(mirrorState(store, 'removed')).toEqual(stage.removed)
  expectNoDamage(store)
  expectSoundStore(store)
  const again = await sync(server, store)
  expect(again.events.filter(({ type }) => type === 'mailbox-started')).toEqual([])
  return true
}

function sync(server: DemoServer, storePath: string): Promise<RunOutcome> {
  return runSync({ accounts: [accountAt(server.port)], storePath })
}

/** 0, or that a signal ended it. With `--seccomp-bpf` strace would be faster, and not inject. */
async function runUnder(options: readonly string[], config: string): Promise<number> {
  const child = spawn(tracer, ['-f', '-qq', ...options, process.execPath, program, '-c', config, 'sync', '-q'], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ADA_PASSWORD: password },
  })
  await once(child, 'close')
  if (child.exitCode === 0) return 0
  // Any other end would be a run that failed by itself.
  expect([child.exitCode, child.signalCode]).toEqual([null, 'SIGKILL'])
  return 137
}

function countCalls(log: string): Readonly<Record<KillCall, number>> {
  const byThread = new Map<string, number>()
  for (const [, thread = '', call = ''] of log.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const key = `${call} ${thread}`
    byThread.set(key, (byThread.get(key) ?? 0) + 1)
  }
  const most = (call: KillCall): number =>
    Math.max(0, ...[...byThread].filter(([key]) => key.startsWith(`${call} `)).map(([, count]) => count))
  return {
    pwrite64: most('pwrite64'),
    fsync: most('fsync'),
    ftruncate: most('ftruncate'),
    unlink: most('unlink'),
    write: most('write'),
    epoll_pwait: most('epoll_pwait'),
    read: most('read'),
  }
}

const suffixes = ['', '-wal', '-shm', '.lock']

const index = (path: string): string => path.replace(/\.db$/, '.index.db')

/** The store as it was before, whatever a killed run has left. */
function putBack(before: string, store: string): void {
  for (const suffix of suffixes) for (const path of [store, index(store)]) rmSync(path + suffix, { force: true })
  mkdirSync(join(store, '..'), { recursive: true })
  if (!existsSync(before)) return
  copyFileSync(before, store)
  copyFileSync(index(before), index(store))
}

function expectNoDamage(store: string): void {
  if (!existsSync(store)) return
  try {
    const auditor = openStoreAuditor({ path: store, allowNetwork: true })
    const request = { accounts: [], selectors: [], isChosen: () => true }
    const damages = [...auditor.audit(request)].filter(({ kind }) => kind === 'damage')
    auditor.close()
    expect(damages).toEqual([])
  } catch (error) {
    // It was killed before its tables were made.
    if (!(error instanceof AppError) || !['STORE_MISSING', 'STORE_OUTDATED'].includes(error.code)) throw error
  }
}

/** A run that was killed early may not have made the tables yet. */
function tryState(store: string): MailboxesState {
  try {
    return mirrorState(store)
  } catch {
    return {}
  }
}
