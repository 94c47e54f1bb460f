import type { Database } from 'better-sqlite3'
import { parserVersion } from '../model/parser-version.ts'
import type { IndexState, OpenSearchReader, SearchReader } from '../search/search-reader.ts'
import { attachIndex, indexMissing } from './attached-index-file.ts'
import { indexedMessages } from './describe-indexed.ts'
import type { FileRules } from './file-safety.ts'
import { messageFinder } from './find-messages.ts'
import type { MessageFinder } from './find-messages.ts'
import { openReadOnly } from './open-database.ts'
import { statsReader } from './read-stats.ts'
import { textReader } from './read-text.ts'
import { toStoreError } from './sqlite-error.ts'

/** What is prepared when the index is there. */
interface AttachedIndex {
  readonly finder: MessageFinder
  readonly text: (id: number) => string | undefined
}

/** Opens a store as `openStoreReader` does, without what else it could do: that takes a start as long as the search. */
export function openSearcher(options: { readonly path: string; readonly allowNetwork: boolean }): OpenSearchReader {
  const facts = openReadOnly(options.path, options)
  return { ...searchReader(facts, options.path, options), close: () => void facts.close() }
}

/** `facts` is a connection that reads the store at `path`. The index is attached by the first call that needs it; until there is
 *  one, that throws STORE_MISSING, except `pending` and `indexState`, and is tried again: a sync may be making it. An index that is
 *  none of ours, damaged or unsafe is STORE_FOREIGN, STORE_NEWER, STORE_UNSAFE, STORE_IO or DAMAGED. */
export function searchReader(facts: Database, path: string, rules: FileRules): SearchReader {
  let attached: AttachedIndex | undefined
  const index = (): AttachedIndex | undefined => {
    if (attached === undefined && attachIndex(facts, path, rules)) {
      attached = { finder: messageFinder(facts), text: textReader(facts) }
    }
    return attached
  }
  const guarded = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      throw toStoreError(error, `search the store ${path}`, damagedRemedy)
    }
  }
  /** In one state of the files. */
  const reading = <T>(read: (index: AttachedIndex) => T): T =>
    guarded(() => {
      const found = index()
      if (found === undefined) throw indexMissing(path)
      return facts.transaction(() => read(found))()
    })
  return {
    search: (request) => reading(({ finder }) => finder.search(request)),
    count: (request) => reading(({ finder }) => finder.count(request)),
    describe: (ids) => reading(() => indexedMessages(facts, ids)),
    text: (id) => reading(({ text }) => text(id)),
    threadMembers: (thread) => reading(() => facts.prepare<[number], number>(members).pluck().all(thread)),
    threadLength: (thread) => reading(() => counter(facts)(presentMembers, thread)),
    stats: (read) => reading(() => read(statsReader(facts))),
    pending: () => guarded(() => (index() === undefined ? counter(facts)(contents) : pendingOf(facts))),
    indexState: () => guarded(() => (index() === undefined ? emptyState(facts) : reading(() => readState(facts)))),
  }
}

const damagedRemedy =
  'run `mailmirror verify` to see whether the store is whole, and `mailmirror reindex` to make its index anew'

const members = 'SELECT id FROM search.message WHERE thread = ? ORDER BY date, id'
const presentMembers = `SELECT count(*) FROM search.message AS m
  WHERE thread = ? AND EXISTS (SELECT 1 FROM placement WHERE content = m.id AND removed_at IS NULL)`
const contents = 'SELECT count(*) FROM content'

function counter(database: Database): (sql: string, ...values: readonly number[]) => number {
  const first = (sql: string, values: readonly number[]): number | undefined =>
    database
      .prepare<number[], number>(sql)
      .pluck()
      .get(...values)
  return (sql, ...values) => first(sql, values) ?? 0
}

function pendingOf(database: Database): number {
  return counter(database)(`${contents} WHERE id > (SELECT content FROM search.watermark)`)
}

function readState(database: Database): IndexState {
  const count = counter(database)
  return {
    contents: count(contents),
    indexed: count('SELECT count(*) FROM search.message'),
    pending: pendingOf(database),
    // Two ranges of an index, where <> would read every row.
    stale:
      count('SELECT count(*) FROM search.message WHERE parser_version < ?', parserVersion) +
      count('SELECT count(*) FROM search.message WHERE parser_version > ?', parserVersion),
    troubled: count('SELECT count(*) FROM search.message WHERE trouble IS NOT NULL'),
  }
}

function emptyState(facts: Database): IndexState {
  const all = counter(facts)(contents)
  return { contents: all, indexed: 0, pending: all, stale: 0, troubled: 0 }
}
