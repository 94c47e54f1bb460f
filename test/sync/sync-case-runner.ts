import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import type { DemoServer } from '../../src/demo/demo-server.ts'
import type { ExtensionSwitches } from '../../src/demo/extensions.ts'
import type { MailStore } from '../../src/demo/mail-store.ts'
import { messageOf } from '../../src/model/errors.ts'
import { replayedPlacements, storedPlacements } from '../store/replay-changes.ts'
import { logProblems } from '../support/log-problems.ts'
import { mailStoreState, mirrorState } from '../support/mirror-state.ts'
import type { MailboxesState } from '../support/mirror-state.ts'
import { accountAt, password, runSync } from '../support/run-sync.ts'
import type { RunOutcome } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { changeLog } from './change-log.ts'
import { mortalStore } from './mortal-store.ts'
import type { MortalStore } from './mortal-store.ts'
import { expectCounts, expectStatement } from './statement.ts'
import { expectOnlyReading, WireLog } from './wire-log.ts'

/** The server before, the mirror before, what happens on the server, and what one sync then makes of it. That the mirror
 *  equals the server goes without saying. */
export interface SyncCase {
  readonly name: string
  readonly server: () => MailStore
  /** What the mirror held before: nothing, or what a sync had made of the server. */
  readonly mirror: 'nothing' | 'synced'
  readonly change?: (store: MailStore) => void
  /** How many messages' octets are downloaded. */
  readonly bodies: number
  /** Kinds of the rows in the change log, with how often. */
  readonly log: Readonly<Record<string, number>>
}

export interface SyncSetting {
  readonly extensions: ExtensionSwitches
  readonly connections: number
  /** Of the writes at which a run may die, each n-th is tried; undefined: none. */
  readonly everyNth: number | undefined
}

/** More writes than any case has. */
const maxWrites = 200

interface Stage {
  readonly store: MailStore
  readonly server: DemoServer
  readonly setting: SyncSetting
  readonly directory: string
  readonly wire: WireLog
}

/** Checks a case: the result; that a second run changes nothing; and that a run that dies before its N-th write, for every
 *  N, leaves what the next run turns into the same result, with no committed message downloaded again. */
export async function expectSyncCase(syncCase: SyncCase, setting: SyncSetting): Promise<void> {
  const store = syncCase.server()
  await using server = await startDemoServer({ store, users: { ada: password }, extensions: setting.extensions })
  const stage = { store, server, setting, directory: temporaryDirectory(), wire: new WireLog(server) }
  const allCommands = new WireLog(server)
  const before = join(stage.directory, 'before.db')
  if (syncCase.mirror === 'synced') await sync(stage, before)
  syncCase.change?.(store)

  const straight = await checkStraight(syncCase, stage, before)
  if (setting.everyNth !== undefined) {
    // Before a mirror that is there already is changed, a run is recorded and the server described.
    const first = syncCase.mirror === 'nothing' ? 0 : 2
    let lives = first
    while (await checkInterrupted(stage, before, { lives, straight })) lives += setting.everyNth
    expect(lives).toBeGreaterThan(first)
  }
  expectOnlyReading(allCommands)
}

/** What an uninterrupted run leads to. */
interface Straight {
  readonly removed: MailboxesState
  readonly log: readonly string[]
  readonly bodies: number
}

async function checkStraight(syncCase: SyncCase, stage: Stage, before: string): Promise<Straight> {
  const path = copyOf(before, join(stage.directory, 'straight.db'))
  const logged = changeLog(path).length
  stage.wire.restart()
  const { result } = await sync(stage, path)
  const { bodies } = stage.wire
  expectMirrored(result, stage, path)
  const log = changeLog(path).slice(logged)
  expect({ bodies, log: countKinds(log) }).toEqual({ bodies: syncCase.bodies, log: syncCase.log })

  const removed = mirrorState(path, 'removed')
  const again = await sync(stage, path)
  expectMirrored(again.result, stage, path)
  expect(again.events.filter(({ type }) => type === 'batch-started')).toEqual([])
  expect(stage.wire.bodies).toBe(bodies)
  expect(changeLog(path).slice(logged)).toEqual(log)
  expect(mirrorState(path, 'removed')).toEqual(removed)
  return { removed, log, bodies }
}

interface Interruption {
  /** Writes that take effect. */
  readonly lives: number
  readonly straight: Straight
}

/** False: the run ended before it could die. */
async function checkInterrupted(stage: Stage, before: string, { lives, straight }: Interruption): Promise<boolean> {
  expect(lives).toBeLessThan(maxWrites)
  const path = copyOf(before, join(stage.directory, `dies-after-${lives}.db`))
  const logged = changeLog(path).length
  let mortal: MortalStore | undefined
  const dying = sync(stage, path, (store) => {
    mortal = mortalStore(store, lives)
    return mortal.store
  })
  const error = await dying.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  // A death that nobody notices would be an error that was swallowed.
  expect(messageOf(error)).toBe(mortal?.isDead === true ? 'the process died' : 'undefined')
  if (error === undefined) return false
  // What is linked to octets that are held costs no body, and comes before what is fetched.
  const linked = Math.max(0, (countKinds(straight.log)['message-added'] ?? 0) - straight.bodies)
  const committed = Math.max(0, (countKinds(changeLog(path).slice(logged))['message-added'] ?? 0) - linked)

  stage.wire.restart()
  const { result } = await sync(stage, path)
  expectMirrored(result, stage, path)
  expect({ lives, bodies: stage.wire.bodies }).toEqual({ lives, bodies: straight.bodies - committed })
  expect(mirrorState(path, 'removed')).toEqual(straight.removed)
  expect(changeLog(path).slice(logged).toSorted()).toEqual(straight.log.toSorted())
  return true
}

function sync(
  { server, setting }: Stage,
  storePath: string,
  wrapStore?: Parameters<typeof runSync>[0]['wrapStore'],
): Promise<RunOutcome> {
  const accounts = [accountAt(server.port, { connections: setting.connections })]
  return runSync({ accounts, storePath, ...(wrapStore === undefined ? {} : { wrapStore }) })
}

function expectMirrored(result: RunOutcome['result'], { store }: Stage, path: string): void {
  expect(mirrorState(path)).toEqual(mailStoreState(store))
  expect(logProblems(path)).toEqual([])
  expect(replayedPlacements(path)).toEqual(storedPlacements(path))
  expectStatement(result)
  expectCounts(result, store)
  expect(result.complete).toBe(true)
}

function copyOf(from: string, to: string): string {
  if (existsSync(from)) copyFileSync(from, to)
  return to
}

/** The kind is the first word of a row. */
function countKinds(log: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const row of log) {
    const kind = row.split(' ', 1)[0] ?? ''
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}
