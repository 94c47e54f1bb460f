import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { indexPathOf, openReadOnly } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'

/** How many contents of a store its index lacks. Writes nothing; a missing or outdated index lacks all. Throws STORE_MISSING,
 *  STORE_FOREIGN, STORE_NEWER, STORE_UNSAFE or STORE_IO of the facts. */
export function countUnindexed(options: { readonly path: string; readonly allowNetwork: boolean }): number {
  const facts = openReadOnly(options.path, options)
  try {
    const watermark = readWatermark(indexPathOf(options.path))
    return facts.prepare<[number], number>('SELECT count(*) FROM content WHERE id > ?').pluck().get(watermark) ?? 0
  } catch (error) {
    throw toStoreError(error, `read the store ${options.path}`)
  } finally {
    facts.close()
  }
}

/** 0 where it cannot be read: the indexer, which opens it for writing, then says what is wrong. */
function readWatermark(path: string): number {
  if (!existsSync(path)) return 0
  try {
    const index = new Sqlite(path, { readonly: true, fileMustExist: true })
    try {
      return index.prepare<[], number>('SELECT content FROM watermark').pluck().get() ?? 0
    } finally {
      index.close()
    }
  } catch {
    return 0
  }
}
