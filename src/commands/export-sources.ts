import type { StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { StoreReader } from './store-reader.ts'
import type { ExportSource } from '../export/plan-export.ts'
import type { ExportReader } from '../export/ports.ts'
import type { Query } from '../model/query.ts'
import type { SearchReader } from '../search/search-reader.ts'
import type { OpenReaders } from './open-readers.ts'
import { storeNameOf } from './read-message.ts'

/** What is to be exported. */
export interface ExportSources {
  readonly sources: readonly ExportSource[]
  /** The index of each. */
  readonly searchers: ReadonlyMap<ExportReader, SearchReader>
  /** Messages that no query can find yet. */
  readonly pending: number
  /** Of several stores, those that could not be read. */
  readonly errors: readonly AppError[]
}

/** What is everything is asked of the messages themselves, so that it does not depend on an index. */
export async function exportSources(config: StoresConfig, readers: OpenReaders, query: Query): Promise<ExportSources> {
  const sources: ExportSource[] = []
  const searchers = new Map<ExportReader, SearchReader>()
  const errors = [...readers.errors]
  const isOnly = readers.all.length + errors.length === 1
  let pending = 0
  for (const { reader } of readers.all) {
    try {
      pending += await addSource(reader)
    } catch (error) {
      if (!(error instanceof AppError) || isOnly) throw error
      errors.push(error)
    }
  }
  return { sources, searchers, pending, errors }

  async function addSource(reader: StoreReader): Promise<number> {
    const exported = await reader.exportReader()
    const search = await reader.searchReader()
    searchers.set(exported, search)
    const name = storeNameOf(config, readers, reader)
    if (query.kind === 'all' || query.kind === 'anywhere') {
      sources.push({ name, reader: exported, ids: exported.contents(query.kind === 'all' ? 'present' : 'all') })
      return 0
    }
    const hits = search.search({ query, order: 'date', limit: undefined, accounts: undefined })
    sources.push({ name, reader: exported, ids: hits.map(({ id }) => id).toSorted((left, right) => left - right) })
    return search.pending()
  }
}
