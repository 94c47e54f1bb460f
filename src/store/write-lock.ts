import { performance } from 'node:perf_hooks'
import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { LockHolder, LockWait } from '../model/lane.ts'
import { whoWrites } from './lock-holder.ts'
import { busyTimeoutMs } from './open-database.ts'

/** Between two looks whether the lock is free. SQLite itself looks ten times a second at the end, which would be a part of what is to be
 *  measured. */
const betweenTriesMs = 10

/** How a transaction that writes begins: if another process holds the lock, it is seen who does, and the wait is told when it is over.
 *  Throws STORE_LOCKED where it takes too long. From now on SQLite itself waits for nothing on this connection: to change that for each
 *  transaction would cost as much as a flush on a fast disk. */
export function writeLock(database: Database, onWait: (wait: LockWait) => void): () => void {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const isBegun = (): boolean => {
    try {
      begin.run()
      return true
    } catch (error) {
      if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false
      throw error
    }
  }
  database.pragma('busy_timeout = 0')
  return () => {
    if (!isBegun()) awaitLock(database, { isBegun, onWait })
  }
}

interface Waiting {
  readonly isBegun: () => boolean
  readonly onWait: (wait: LockWait) => void
}

function awaitLock({ name }: Database, { isBegun, onWait }: Waiting): void {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  const begunMs = performance.now()
  const waitedMs = (): number => performance.now() - begunMs
  let holder: LockHolder | undefined
  let isHeld = true
  try {
    while (isHeld) {
      holder ??= whoWrites(name)
      if (waitedMs() > busyTimeoutMs) throw lockedBy(name, holder)
      Atomics.wait(clock, 0, 0, betweenTriesMs)
      isHeld = !isBegun()
    }
  } finally {
    onWait({ lock: 'write', holder, micros: waitedMs() * 1000 })
  }
}

function lockedBy(path: string, holder: LockHolder | undefined): AppError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} (${holder.program})`
  return new AppError({
    code: 'STORE_LOCKED',
    message: `could not write to the store ${path}: ${who} has held its lock for ${busyTimeoutMs / 1000} s`,
    hint: 'run the command again when that program has ended',
    holder,
  })
}
