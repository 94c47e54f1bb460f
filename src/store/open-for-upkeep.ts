import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { canonicalStorePath, checkStoreFile } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import type { LongStatement } from './long-statement.ts'
import { indexPathOf, openFacts, openIndex } from './open-database.ts'
import { takeRunLock } from './run-lock.ts'
import { toStoreError } from './sqlite-error.ts'

/** Both files of a store, and nobody else who writes them; close it. */
export interface StoreInHand {
  readonly path: string
  readonly facts: Database
  readonly index: Database
  close(): void
}

export interface UpkeepOptions extends FileRules {
  readonly path: string
  readonly nowMs: () => number
  /** How long somebody is waited for who reads the state before. */
  readonly readerWaitMs?: number
  /** What statements that take long are run by; here, unless it is said. */
  readonly execute?: LongStatement
}

/** Takes the run lock and the index's, so that neither a sync nor a reindex is at work. Brings an older store up to date; never makes
 *  one. Throws STORE_MISSING, STORE_LOCKED and what opening throws. */
export function openForUpkeep(options: UpkeepOptions): StoreInHand {
  const closers: (() => void)[] = []
  const close = (): void => {
    for (const one of closers.splice(0).toReversed()) one()
  }
  try {
    const path = canonicalStorePath(options.path)
    checkStoreFile(path, options)
    const startedAt = new Date(options.nowMs()).toISOString()
    for (const locked of [path, indexPathOf(path)]) {
      const lock = takeRunLock(locked, options, startedAt)
      closers.push(() => lock[Symbol.dispose]())
    }
    const facts = openFacts(path, options)
    closers.push(() => void facts.close())
    const index = openIndex(indexPathOf(path), options)
    closers.push(() => void index.close())
    return { path, facts, index, close }
  } catch (error) {
    close()
    throw toStoreError(error, `open the store ${options.path}`)
  }
}

/** Octets of both files with their logs. */
export function filesOf(path: string): readonly string[] {
  return [path, indexPathOf(path)].filter((file) => existsSync(file))
}
