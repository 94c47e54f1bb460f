import type { Database } from 'better-sqlite3'
import type { OpenSearchReader, SearchReader } from '../search/search-reader.ts'
import { attachIndex, indexMissing } from './attached-index-file.ts'
import { indexedMessages } from './describe-indexed.ts'
import type { FileRules } from './file-safety.ts'
import { messageFinder } from './find-messages.ts'
import type { MessageFinder } from './find-messages.ts'
import { countContents, indexedContent, pendingContents } from './index-state.ts'
import { openReadOnly } from './open-database.ts'
import { goBack } from './past-tables.ts'
import { readPruned } from './read-pruned.ts'
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
  return {
    ...searchReader(facts, options.path, options),
    goBackTo: (moment) => {
      try {
        return goBack(facts, moment)
      } catch (error) {
        throw toStoreError(error, `read the store ${options.path}`)
      }
    },
    prunedSince: () => readPruned(facts),
    close: () => void facts.close(),
  }
}

/** `facts` is a connection that reads the store at `path`. The index is attached by the first call that needs it; until there is
 *  one, that throws STORE_MISSING, except `pending`, and is tried again: a sync may be making it. An index that is
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
    among: (request, ids) => reading(({ finder }) => finder.among(request, ids)),
    count: (request) => reading(({ finder }) => finder.count(request)),
    describe: (ids) => reading(() => indexedMessages(facts, ids)),
    text: (id) => reading(({ text }) => text(id)),
    threadMembers: (thread) => reading(() => facts.prepare<[number], number>(members).pluck().all(thread)),
    threadLength: (thread) => reading(() => facts.prepare<[number], number>(presentMembers).pluck().get(thread) ?? 0),
    stats: (read) => reading(() => read(statsReader(facts))),
    indexedUpTo: () => guarded(() => (index() === undefined ? 0 : indexedContent(facts))),
    pending: () => guarded(() => (index() === undefined ? countContents(facts) : pendingContents(facts))),
  }
}

const damagedRemedy =
  'run `mailmirror verify` to see whether the store is whole, and `mailmirror reindex` to make its index anew'

const members = 'SELECT id FROM search.message WHERE thread = ? ORDER BY date, id'
const presentMembers = `SELECT count(*) FROM search.message AS m
  WHERE thread = ? AND EXISTS (SELECT 1 FROM placement WHERE content = m.id AND removed_at IS NULL)`
