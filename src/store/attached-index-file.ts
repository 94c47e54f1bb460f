import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { indexMigrations } from './index-schema.ts'
import { checkStoreFile } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { checkAttached, indexPathOf, remakeIndex } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'

// Not imported: that would load all of node:fs.
const { statSync } = process.getBuiltinModule('node:fs')

/** Of a connection that searches: what it reads again and again fits. */
const cacheKib = 16_000

/** Lets a connection that reads the facts at `storePath` read their index too, as `search`. False: there is none yet, or one of
 *  an older kind, which the next sync makes anew. Throws STORE_FOREIGN, STORE_NEWER, STORE_UNSAFE, STORE_IO or DAMAGED; then
 *  nothing is attached. */
export function attachIndex(facts: Database, storePath: string, rules: FileRules): boolean {
  const path = indexPathOf(storePath)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false
  checkStoreFile(path, rules)
  let isCurrent = false
  try {
    // That nothing may be written goes for it as well.
    facts.prepare('ATTACH ? AS search').run(path)
    isCurrent = checkAttached(facts, 'search', path) === indexMigrations.length
    if (isCurrent) facts.pragma(`search.cache_size = -${cacheKib}`)
    return isCurrent
  } catch (error) {
    throw toStoreError(error, `open the index ${path}`, remakeIndex)
  } finally {
    if (!isCurrent) detachIndex(facts)
  }
}

/** Nothing where nothing is attached. */
export function detachIndex(facts: Database): void {
  const isAttached = facts.prepare("SELECT 1 FROM pragma_database_list WHERE name = 'search'").get() !== undefined
  if (isAttached) facts.exec('DETACH search')
}

/** Of a search in a store without an index. */
export function indexMissing(storePath: string): AppError {
  return new AppError({
    code: 'STORE_MISSING',
    message: `the store ${storePath} has no index to search in yet`,
    hint: 'run `mailmirror reindex`',
  })
}
