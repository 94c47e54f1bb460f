import { AppError } from '../model/errors.ts'
import { canonicalStorePath } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { openFacts } from './open-database.ts'
import { takeRunLock } from './run-lock.ts'

// Not imported: that would load all of node:fs.
const { statSync } = process.getBuiltinModule('node:fs')

export interface AccountRename extends FileRules {
  readonly path: string
  readonly from: string
  readonly to: string
  /** For whoever waits for the lock. */
  readonly startedAt: string
}

/** Gives an account's mirror another name, in one transaction and under the run lock. False: the store has no such account, or is
 *  not there. Twice is the same as once. Throws USAGE when it has one of the new name already, STORE_LOCKED, and what opening a
 *  store throws. */
export function renameStoredAccount({ path: named, from, to, startedAt, allowNetwork }: AccountRename): boolean {
  const path = canonicalStorePath(named)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false
  using _lock = takeRunLock(path, { allowNetwork }, startedAt)
  const database = openFacts(path, { allowNetwork })
  try {
    const idOf = database.prepare<[string], number>('SELECT id FROM account WHERE name = ?').pluck()
    const rename = database.prepare('UPDATE account SET name = ? WHERE id = ?')
    return database
      .transaction(() => {
        const id = idOf.get(from)
        if (id === undefined) return false
        if (idOf.get(to) !== undefined) throw taken(path, to)
        rename.run(to, id)
        return true
      })
      .immediate()
  } finally {
    database.close()
  }
}

function taken(path: string, name: string): AppError {
  return new AppError({
    code: 'USAGE',
    message: `the store ${path} already holds the mirror of an account "${name}"`,
    hint: 'choose another name',
  })
}
