import type { Database } from 'better-sqlite3'
import type { SearchHit, SearchRequest } from '../search/search-reader.ts'
import { namedPlaces } from './named-places.ts'
import { toQuerySql } from './query-sql.ts'
import type { QuerySql } from './query-sql.ts'

/** How many messages FTS5 finds decides how the newest of them are: up to so many are looked up one by one and sorted; more
 *  are a set that is met on the way along the dates. 100,000 messages: 1 ms at most where they meet, 12 for a word that
 *  is in all of them. */
const fewHits = 1000

/** bm25 costs 0.5 µs for each message that has the word. Of more than this only the newest are ranked, unless more are asked
 *  for: a word that is everywhere tells nothing of a message. */
const rankedHits = 40_000
const rankedNewest = 30_000
/** Up to this limit. */
const fewWanted = 1000

/** How much a word counts: subject, sender, recipients, copies, body, attachments, extra. */
const weights = '10, 5, 3, 2, 1, 4, 1'

type Value = string | number | null

export interface MessageFinder {
  search(request: SearchRequest): readonly SearchHit[]
  count(request: Pick<SearchRequest, 'query' | 'accounts'>): number
  among(request: Pick<SearchRequest, 'query' | 'accounts'>, ids: readonly number[]): readonly number[]
}

/** See `SearchReader`; within transactions of the caller's, on a connection that has the index attached. */
export function messageFinder(database: Database): MessageFinder {
  database.function('lower_text', { deterministic: true }, (text) => String(text).toLowerCase())
  const prepare = (sql: string) => database.prepare<Value[], SearchHit>(sql)
  const number = (sql: string, ...values: readonly Value[]): number =>
    database
      .prepare<Value[], number>(sql)
      .pluck()
      .get(...values) ?? 0
  const compile = ({ query, accounts }: Pick<SearchRequest, 'query' | 'accounts'>): QuerySql =>
    toQuerySql(query, namedPlaces(database), accounts)
  /** Or one more than `most`. */
  const hitsUpTo = (match: string, most: number): number => number(hitCount, match, most + 1)

  const newest = ({ match, where, values, isRare }: QuerySql, limit: number): readonly SearchHit[] => {
    if (match === undefined) return prepare(isRare ? sortedByDate(where) : alongDates(where)).all(...values, limit)
    // To find all words that begin so takes the time, and once is enough.
    const areFew = !hasPrefix(match) && hitsUpTo(match, fewHits) <= fewHits
    return prepare(areFew ? fromHits(where) : alongDates(`${isFound} AND ${where}`)).all(match, ...values, limit)
  }

  /** Those that the words alone find best, if nearly all of them will count. */
  const bestOfAll = (match: string, { where, values }: QuerySql, limit: number): readonly SearchHit[] | undefined => {
    const found = hitsUpTo(match, rankedHits)
    const window = limit + (limit >> 1) + 25
    const since = found > rankedHits ? number(nthNewest, rankedNewest) : undefined
    const best =
      since === undefined
        ? prepare(amongBest(where)).all(match, window, ...values, limit)
        : prepare(amongNewest(where)).all(match, since, window, ...values, limit)
    return best.length === limit || found <= window ? best : undefined
  }

  const best = (match: string, sql: QuerySql, limit: number): readonly SearchHit[] => {
    const isWorthIt = sql.isPlain && limit >= 0 && limit <= fewWanted && !hasPrefix(match)
    const quickly = isWorthIt ? bestOfAll(match, sql, limit) : undefined
    return quickly ?? prepare(ranked(sql.where)).all(match, ...sql.values, limit)
  }

  return {
    search(request) {
      const sql = compile(request)
      const limit = request.limit ?? -1
      return request.order === 'relevance' && sql.match !== undefined ? best(sql.match, sql, limit) : newest(sql, limit)
    },
    count(request) {
      const { match, where, values } = compile(request)
      if (match === undefined) return number(`SELECT count(*) FROM search.message AS m WHERE ${where}`, ...values)
      return number(`SELECT count(*) FROM ${hits} AND ${where}`, match, ...values)
    },
    among(request, ids) {
      const { match, where, values } = compile(request)
      const texts = match === undefined ? [] : [match]
      const condition = match === undefined ? where : `${isFound} AND ${where}`
      return prepare(amongThese(condition))
        .all(JSON.stringify(ids), ...texts, ...values)
        .map(({ id }) => id)
    },
  }
}

function hasPrefix(match: string): boolean {
  return match.includes('*')
}

const hitCount = 'SELECT count(*) FROM (SELECT 1 FROM search.message_text WHERE message_text MATCH ? LIMIT ?)'
/** The + keeps SQLite from looking up and sorting all that are found. */
const isFound = '+m.id IN (SELECT rowid FROM search.message_text WHERE message_text MATCH ?)'
const hits = 'search.message_text AS t CROSS JOIN search.message AS m ON m.id = t.rowid WHERE t.message_text MATCH ?'
/** The date of the message that so many are newer than. */
const nthNewest = 'SELECT date FROM search.message ORDER BY date DESC, id DESC LIMIT 1 OFFSET ?'

/** These are looked up one by one, before anything is asked of them. */
function amongThese(where: string): string {
  return `SELECT m.id, m.date FROM json_each(?) AS own CROSS JOIN search.message AS m ON m.id = own.value WHERE ${where}`
}

function alongDates(where: string): string {
  return `SELECT m.id, m.date FROM search.message AS m WHERE ${where} ORDER BY m.date DESC, m.id DESC LIMIT ?`
}

/** The + keeps SQLite from going along the dates, from where it would look up each row. */
function sortedByDate(where: string): string {
  return `SELECT m.id, m.date FROM search.message AS m WHERE ${where} ORDER BY +m.date DESC, m.id DESC LIMIT ?`
}

/** Those that are found, sorted; then `where` is asked of one after the other until there are enough. The LIMIT -1 keeps SQLite from
 *  asking it of all of them first, and a cross join goes through its left side in order. */
function fromHits(where: string): string {
  return `SELECT m.id, m.date
    FROM (SELECT m.id FROM ${hits} ORDER BY m.date DESC, m.id DESC LIMIT -1) AS found
    CROSS JOIN search.message AS m ON m.id = found.id WHERE ${where} LIMIT ?`
}

const score = `bm25(message_text, ${weights})`

function ranked(where: string): string {
  return `SELECT m.id, m.date FROM ${hits} AND ${where} ORDER BY ${score}, m.id DESC LIMIT ?`
}

function amongBest(where: string): string {
  return checkedLater(
    `SELECT t.rowid AS id, ${score} AS score FROM search.message_text AS t WHERE t.message_text MATCH ?`,
    where,
  )
}

function amongNewest(where: string): string {
  return checkedLater(`SELECT m.id, ${score} AS score FROM ${hits} AND m.date >= ?`, where)
}

function checkedLater(scored: string, where: string): string {
  return `SELECT m.id, m.date
    FROM (${scored} ORDER BY score, id DESC LIMIT ?) AS best CROSS JOIN search.message AS m ON m.id = best.id
    WHERE ${where} ORDER BY best.score, best.id DESC LIMIT ?`
}
