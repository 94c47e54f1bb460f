import type { Database } from 'better-sqlite3'
import { globMatches } from '../model/glob.ts'
import type { IndexState, SearchHit, SearchReader, SearchRequest } from '../search/search-reader.ts'
import { attachIndex, indexMissing } from './attached-index-file.ts'
import { indexedMessages } from './describe-indexed.ts'
import type { FileRules } from './file-safety.ts'
import { queryToSql } from './query-sql.ts'
import type { PlaceNames, QuerySql } from './query-sql.ts'
import { textReader } from './read-text.ts'

/** Up to so many messages that hold the words, their dates are looked up one by one; of more, messages are gone through by
 *  date until enough of them are found. */
const fewHits = 3000
/** Candidates that are tested at once for what is asked besides words. */
const tested = 200

/** Weights of the columns for relevance: a word in the subject says more than one in the text. */
const weights = 'bm25(8.0, 4.0, 2.0, 2.0, 1.0, 3.0, 1.0)'

/** `facts` is a connection that reads the store at `path`. The index is opened by the first call that needs it. */
export function searchReader(facts: Database, path: string, rules: FileRules): SearchReader {
  const names = placeNames(facts)
  let isAttached: boolean | undefined
  const attach = (): boolean => (isAttached ??= attachIndex(facts, path, rules))
  const demand = (): void => {
    if (!attach()) throw indexMissing(path)
  }
  const translated = ({ query, accounts }: Pick<SearchRequest, 'query' | 'accounts'>): QuerySql => {
    demand()
    return queryToSql(query, names, accounts === undefined ? undefined : epochsOfAccounts(facts, accounts))
  }
  const search = facts.transaction((request: SearchRequest): readonly SearchHit[] => {
    const sql = translated(request)
    if (sql.match === undefined) return newestWhere(facts, sql, request.limit)
    const match = { ...sql, match: sql.match }
    return request.order === 'date'
      ? newestMatches(facts, match, request.limit)
      : bestMatches(facts, match, request.limit)
  })
  const count = facts.transaction((request: Pick<SearchRequest, 'query' | 'accounts'>): number => {
    const { where, values, match } = translated(request)
    const from =
      match === undefined
        ? 'search.message AS message WHERE'
        : 'message_text JOIN search.message AS message ON message.id = message_text.rowid WHERE message_text MATCH ? AND'
    const parameters = match === undefined ? values : [match, ...values]
    return (
      facts
        .prepare<unknown[], number>(`SELECT count(*) FROM ${from} ${where}`)
        .pluck()
        .get(...parameters) ?? 0
    )
  })
  return {
    search: (request) => search(request),
    count: (request) => count(request),
    describe: (ids) => {
      demand()
      return facts.transaction(() => indexedMessages(facts, ids))()
    },
    text: (id) => {
      demand()
      return textReader(facts)(id)
    },
    threadMembers: (thread) => {
      demand()
      const members = facts.prepare<[number], number>(
        'SELECT id FROM search.message WHERE thread = ? ORDER BY date, id',
      )
      return members.pluck().all(thread)
    },
    pending: () => (attach() ? pendingOf(facts) : emptyState(facts).pending),
    indexState: () => (attach() ? facts.transaction(() => readState(facts))() : emptyState(facts)),
  }
}

interface Match extends QuerySql {
  readonly match: string
}

/** Goes through messages from the newest on; ends when there are enough. */
function newestWhere(database: Database, { where, values }: QuerySql, limit = -1): readonly SearchHit[] {
  const sql = `SELECT id, date FROM search.message AS message WHERE ${where} ORDER BY date DESC, id DESC LIMIT ?`
  return database.prepare<unknown[], SearchHit>(sql).all(...values, limit)
}

function newestMatches(database: Database, sql: Match, limit: number | undefined): readonly SearchHit[] {
  const ids = database
    .prepare<[string], number>('SELECT rowid FROM message_text WHERE message_text MATCH ?')
    .pluck()
    .all(sql.match)
  const candidates = ids.length <= fewHits ? byDate(database, ids) : walkByDate(database, new Set(ids))
  return firstWhere(database, sql, { candidates, limit })
}

function byDate(database: Database, ids: readonly number[]): readonly SearchHit[] {
  const dateOf = database.prepare<[number], number>('SELECT date FROM search.message WHERE id = ?').pluck()
  const hits = ids.flatMap((id) => {
    const date = dateOf.get(id)
    return date === undefined ? [] : [{ id, date }]
  })
  return hits.toSorted((left, right) => (left.date === right.date ? right.id - left.id : right.date - left.date))
}

function* walkByDate(database: Database, ids: ReadonlySet<number>): Generator<SearchHit> {
  const all = database.prepare<[], SearchHit>('SELECT id, date FROM search.message ORDER BY date DESC, id DESC')
  for (const hit of all.iterate()) if (ids.has(hit.id)) yield hit
}

function bestMatches(database: Database, sql: Match, limit: number | undefined): readonly SearchHit[] {
  const ranked = database.prepare<[string], SearchHit>(`
    SELECT message.id, message.date FROM message_text JOIN search.message AS message ON message.id = message_text.rowid
    WHERE message_text MATCH ? AND rank MATCH '${weights}' ORDER BY rank`)
  return firstWhere(database, sql, { candidates: ranked.iterate(sql.match), limit })
}

interface Candidates {
  readonly candidates: Iterable<SearchHit>
  readonly limit: number | undefined
}

/** Those that meet the rest of the query, in the order in which they come, until there are enough. */
function firstWhere(database: Database, { where, values }: QuerySql, { candidates, limit }: Candidates): SearchHit[] {
  const found: SearchHit[] = []
  const most = limit ?? Number.POSITIVE_INFINITY
  const meets = (ids: readonly number[]): readonly number[] =>
    database
      .prepare<unknown[], number>(`SELECT id FROM search.message AS message WHERE id IN (${ids.join()}) AND ${where}`)
      .pluck()
      .all(...values)
  let waiting: SearchHit[] = []
  const test = (): void => {
    const good = new Set(meets(waiting.map(({ id }) => id)))
    found.push(...waiting.filter(({ id }) => good.has(id)))
    waiting = []
  }
  for (const hit of candidates) {
    waiting.push(hit)
    if (waiting.length >= Math.min(tested, most)) test()
    if (found.length >= most) break
  }
  if (found.length < most && waiting.length > 0) test()
  return found.slice(0, limit)
}

/** What globs in a query stand for. Where nothing is written so, case does not count. */
function placeNames(facts: Database): PlaceNames {
  interface EpochRow {
    readonly id: number
    readonly mailbox: string
    readonly account: string
  }
  const epochs = (): readonly EpochRow[] =>
    facts
      .prepare<[], EpochRow>(`
        SELECT epoch.id, mailbox.path AS mailbox, account.name AS account
        FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account`)
      .all()
  const labels = (): readonly string[] =>
    facts
      .prepare<[], string>('SELECT DISTINCT value FROM placement, json_each(labels) WHERE labels IS NOT NULL')
      .pluck()
      .all()
  return {
    epochsOf: (kind, glob) => named(epochs(), glob, (row) => row[kind]).map(({ id }) => id),
    labelsOf: (glob) => named(labels(), glob, (label) => label),
  }
}

function named<T>(all: readonly T[], glob: string, nameOf: (one: T) => string): readonly T[] {
  const exact = all.filter((one) => globMatches(glob, nameOf(one)))
  if (exact.length > 0) return exact
  const folded = glob.toLowerCase()
  return all.filter((one) => globMatches(folded, nameOf(one).toLowerCase()))
}

function epochsOfAccounts(facts: Database, accounts: readonly string[]): readonly number[] {
  return facts
    .prepare<[string], number>(`
      SELECT epoch.id FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox JOIN account ON account.id = mailbox.account
      WHERE account.name IN (SELECT value FROM json_each(?))`)
    .pluck()
    .all(JSON.stringify(accounts))
}

function pendingOf(database: Database): number {
  const sql = 'SELECT count(*) FROM content WHERE id > (SELECT content FROM search.watermark)'
  return database.prepare<[], number>(sql).pluck().get() ?? 0
}

function readState(database: Database): IndexState {
  const number = (sql: string): number => database.prepare<[], number>(sql).pluck().get() ?? 0
  const contents = number('SELECT count(*) FROM content')
  const pending = pendingOf(database)
  return {
    contents,
    indexed: contents - pending,
    pending,
    stale: number(
      'SELECT count(*) FROM search.message WHERE parser_version < (SELECT max(parser_version) FROM search.message)',
    ),
    troubled: number('SELECT count(*) FROM search.message WHERE trouble IS NOT NULL'),
  }
}

function emptyState(facts: Database): IndexState {
  const contents = facts.prepare<[], number>('SELECT count(*) FROM content').pluck().get() ?? 0
  return { contents, indexed: 0, pending: contents, stale: 0, troubled: 0 }
}
