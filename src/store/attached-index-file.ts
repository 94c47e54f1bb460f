import { existsSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { indexMigrations } from './index-schema.ts'
import { checkStoreFile } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { checkAttached, indexPathOf } from './open-database.ts'

/** Lets a connection that reads the facts at `storePath` read their index too, as `search`. False: there is none yet, or one of
 *  an older kind, which the next sync makes anew. Throws STORE_FOREIGN, STORE_NEWER or STORE_UNSAFE. */
export function attachIndex(facts: Database, storePath: string, rules: FileRules): boolean {
  const path = indexPathOf(storePath)
  if (!existsSync(path)) return false
  checkStoreFile(path, rules)
  facts.prepare('ATTACH ? AS search').run(path)
  const version = checkAttached(facts, 'search', path)
  if (version === indexMigrations.length) return true
  facts.exec('DETACH search')
  return false
}

/** Of a search in a store without an index. */
export function indexMissing(storePath: string): AppError {
  return new AppError({
    code: 'STORE_MISSING',
    message: `the store ${storePath} has no index to search in yet`,
    hint: 'run `mailmirror reindex`',
  })
}
