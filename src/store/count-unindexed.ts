import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { aboveMark } from './index-state.ts'
import { indexPathOf, openReadOnly } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'

/** How many contents of a store its index lacks. Writes nothing; a missing or outdated index lacks all. Throws STORE_MISSING,
 *  STORE_FOREIGN, STORE_NEWER, STORE_UNSAFE or STORE_IO of the facts. */
export function countUnindexed(options: { readonly path: string; readonly allowNetwork: boolean }): number {
  const facts = openReadOnly(options.path, options)
  try {
    const returned = facts.prepare<[], number>('SELECT content FROM returned').pluck().all()
    const { watermark, lacking } = readIndex(indexPathOf(options.path), returned)
    const above = facts.prepare<[number], number>(`SELECT count(*) FROM content WHERE ${aboveMark('?')}`).pluck()
    return (above.get(watermark) ?? 0) + lacking
  } catch (error) {
    throw toStoreError(error, `read the store ${options.path}`)
  } finally {
    facts.close()
  }
}

interface IndexLook {
  readonly watermark: number
  /** How many of those that came again after they had been pruned, and that it has passed, it does not have. */
  readonly lacking: number
}

const nothing: IndexLook = { watermark: 0, lacking: 0 }

/** Nothing where it cannot be read: the indexer, which opens it for writing, then says what is wrong. */
function readIndex(path: string, returned: readonly number[]): IndexLook {
  if (!existsSync(path)) return nothing
  try {
    const index = new Sqlite(path, { readonly: true, fileMustExist: true })
    try {
      const watermark = index.prepare<[], number>('SELECT content FROM watermark').pluck().get() ?? 0
      const lacking = index
        .prepare<[string, number], number>(
          'SELECT count(*) FROM json_each(?) WHERE value <= ? AND value NOT IN (SELECT id FROM message)',
        )
        .pluck()
      return { watermark, lacking: lacking.get(JSON.stringify(returned), watermark) ?? 0 }
    } finally {
      index.close()
    }
  } catch {
    return nothing
  }
}
