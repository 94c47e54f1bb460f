import { AppError, messageOf } from '../model/errors.ts'
import { canonicalStorePath } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { indexPathOf, openFacts, profilePathOf } from './open-database.ts'
import { takeRunLock } from './run-lock.ts'

// Not imported: that would load all of node:fs.
const { rmSync, statSync } = process.getBuiltinModule('node:fs')

export interface StoreDeletion extends FileRules {
  readonly path: string
  /** The only account that it may hold. */
  readonly account: string
  readonly startedAt: string
}

/** Deletes a store with all that belongs to it, under its run lock. False: it is not there. Throws USAGE when it holds the mirror
 *  of another account, STORE_LOCKED, STORE_IO, and what opening a store throws; then the mail is still there. */
export function deleteStore({ path: named, account, startedAt, allowNetwork }: StoreDeletion): boolean {
  const path = canonicalStorePath(named)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false
  // A reindex holds that of the index only.
  const locked = [path, indexPathOf(path)]
  const locks: Disposable[] = []
  try {
    for (const one of locked) locks.push(takeRunLock(one, { allowNetwork }, startedAt))
    refuseOthers(path, account, { allowNetwork })
    // The facts last: without them the rest is of no use.
    for (const file of [indexPathOf(path), profilePathOf(path), path]) remove([`${file}-wal`, `${file}-shm`, file])
  } finally {
    for (const lock of locks) lock[Symbol.dispose]()
  }
  remove([...locked.map((one) => `${one}.lock`), `${path}.outbox-lock`, `${path}.hooks-lock`])
  return true
}

function refuseOthers(path: string, account: string, rules: FileRules): void {
  const database = openFacts(path, rules)
  try {
    const others = database.prepare<[string], string>('SELECT name FROM account WHERE name <> ?').pluck().all(account)
    if (others.length === 0) return
    throw new AppError({
      code: 'USAGE',
      message: `the store ${path} also holds the mirror of ${others.join(', ')}: it was not deleted`,
      hint: 'a mirror can only be deleted with its store; leave `--delete-mirror` away to keep it',
    })
  } finally {
    database.close()
  }
}

function remove(paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true })
    } catch (error) {
      throw new AppError({
        code: 'STORE_IO',
        message: `could not delete ${path}: ${messageOf(error)}`,
        hint: 'check the owner and modes of its folder',
        cause: error,
      })
    }
  }
}
