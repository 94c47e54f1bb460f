import type { Database } from 'better-sqlite3'
import { parserVersion } from '../model/parser-version.ts'
import type { IndexState } from '../search/search-reader.ts'

const contents = 'SELECT count(*) FROM content'

/** Contents that an attached index does not have yet. */
export function pendingContents(database: Database): number {
  return counter(database)(`${contents} WHERE id > (SELECT content FROM search.watermark)`)
}

/** All contents: where there is no index, none can be found. */
export function countContents(facts: Database): number {
  return counter(facts)(contents)
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
