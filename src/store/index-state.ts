import type { Database } from 'better-sqlite3'
import { parserVersion } from '../model/parser-version.ts'
import type { IndexState } from '../search/search-reader.ts'

/** Contents that are held; without conditions SQLite counts the rows of its smallest index. */
const contents = '(SELECT count(*) FROM content) - (SELECT count(*) FROM content WHERE pruned IS NOT NULL)'

/** Contents above a number that are to be indexed, and those below that came again after they had been pruned. */
export const aboveMark = (mark: string): string => `id > ${mark} AND pruned IS NULL`

/** Contents that an attached index does not have yet. */
export function pendingContents(database: Database): number {
  return counter(database)(`SELECT
    (SELECT count(*) FROM content WHERE ${aboveMark('(SELECT content FROM search.watermark)')})
    + (SELECT count(*) FROM returned WHERE content <= (SELECT content FROM search.watermark)
       AND content NOT IN (SELECT id FROM search.message))`)
}

/** The watermark of an attached index: the last content that it has. */
export function indexedContent(database: Database): number {
  return counter(database)('SELECT content FROM search.watermark')
}

/** All contents: where there is no index, none can be found. */
export function countContents(facts: Database): number {
  return counter(facts)(`SELECT ${contents}`)
}

/** Of an attached index. */
export function readIndexState(database: Database): IndexState {
  const count = counter(database)
  return {
    pending: pendingContents(database),
    // Two ranges of an index, where <> would read every row.
    stale:
      count('SELECT count(*) FROM search.message WHERE parser_version < ?', parserVersion) +
      count('SELECT count(*) FROM search.message WHERE parser_version > ?', parserVersion),
    troubled: count('SELECT count(*) FROM search.message WHERE trouble IS NOT NULL'),
  }
}

/** Where there is no index. */
export function emptyIndexState(facts: Database): IndexState {
  return { pending: countContents(facts), stale: 0, troubled: 0 }
}

function counter(database: Database): (sql: string, ...values: readonly number[]) => number {
  const first = (sql: string, values: readonly number[]): number | undefined =>
    database
      .prepare<number[], number>(sql)
      .pluck()
      .get(...values)
  return (sql, ...values) => first(sql, values) ?? 0
}
