import { performance } from 'node:perf_hooks'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { noCost } from '../model/lane.ts'
import type { LockWait, WriterCost } from '../model/lane.ts'
import { writeLock } from './write-lock.ts'
import type { WriterState } from './write-changes.ts'
import type { Work } from './writer-protocol.ts'

/** One of several operations that share a transaction. */
export interface GroupMember {
  readonly work: Work<unknown>
  /** `cost`: undefined where the value tells it. */
  answer(value: unknown, cost?: WriterCost): void
  fail(error: unknown): void
}

export interface CommitterParts {
  /** Makes an AppError of what SQLite throws. */
  readonly translate: (error: unknown) => unknown
  readonly onWait: (wait: LockWait) => void
}

export type CommitGroup = (members: readonly GroupMember[]) => void

/** Operations that wait together are committed together: each commit costs a flush to the disk, and the pages of an index
 *  that it touches all over. For whoever asked it is one transaction for each: answered when it is durable, and if one
 *  fails, nothing of it is written and the others are carried out all the same.
 *
 *  After STORE_IO nothing is tried again, neither now nor later: what
 *  a flush that failed has done to the file is unknown (F09). */
export function groupCommitter(
  database: Database,
  state: WriterState,
  { translate, onWait }: CommitterParts,
): CommitGroup {
  let broken: unknown
  const begin = writeLock(database, onWait)
  const end = database.prepare('COMMIT')
  const changes = database.prepare<[], number>('SELECT total_changes()').pluck()
  const runAll = (members: readonly GroupMember[]): Written => {
    const before = changes.get()
    const answers = members.map(({ work }) => timed(work))
    // What has only read is not flushed.
    return { answers, hasWritten: changes.get() !== before, writtenMs: performance.now() }
  }
  const transact = (members: readonly GroupMember[]): Written => {
    begin()
    try {
      const written = runAll(members)
      end.run()
      return written
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  /** Returns what went wrong; then nothing is written. */
  const commit = (members: readonly GroupMember[]): unknown => {
    const { run } = state
    const done = attempt(() => transact(members))
    if (!done.ok) {
      state.run = run
      const error = translate(done.error)
      if (codeOf(error) === 'STORE_IO') broken = error
      return error
    }
    const { answers, hasWritten, writtenMs } = done.value
    const commits = (hasWritten ? 1 : 0) / members.length
    const commitMicros = Math.round(((performance.now() - writtenMs) * 1000) / members.length)
    members.forEach((member, index) => {
      const { work } = member
      const { value, sqliteMicros = 0 } = answers[index] ?? {}
      if (work.committed === undefined) member.answer(value, { ...noCost, sqliteMicros, commitMicros, commits })
      else {
        work.committed({ commitMicros, commits })
        member.answer(value)
      }
    })
    return undefined
  }

  return (members) => {
    const error = broken ?? commit(members)
    if (error === undefined) return
    // One of them cannot be done, so each is tried for itself; a lock that was waited for is not waited for again.
    const isFinal = broken !== undefined || members.length === 1 || codeOf(error) === 'STORE_LOCKED'
    for (const member of members) {
      const own = isFinal ? error : (broken ?? commit([member]))
      if (own !== undefined) member.fail(own)
    }
  }
}

interface Written {
  readonly answers: readonly Timed[]
  readonly hasWritten: boolean
  /** When all was done but the commit. */
  readonly writtenMs: number
}

interface Timed {
  readonly value: unknown
  readonly sqliteMicros: number
}

function timed(work: Work<unknown>): Timed {
  const begunMs = performance.now()
  const value = work.run()
  return { value, sqliteMicros: (performance.now() - begunMs) * 1000 }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

function attempt<T>(act: () => T): Attempt<T> {
  try {
    return { ok: true, value: act() }
  } catch (error) {
    return { ok: false, error }
  }
}

const codeOf = (error: unknown): string | undefined => (error instanceof AppError ? error.code : undefined)
