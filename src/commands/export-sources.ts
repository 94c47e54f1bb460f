import type { StoresConfig } from '../model/account.ts'
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
}

/** What is everything is asked of the messages themselves, so that it does not depend on an index. */
export async function exportSources(config: StoresConfig, readers: OpenReaders, query: Query): Promise<ExportSources> {
  const sources: ExportSource[] = []
  const searchers = new Map<ExportReader, SearchReader>()
  let pending = 0
  for (const { reader } of readers.all) {
    const exported = await reader.exportReader()
    const search = await reader.searchReader()
    searchers.set(exported, search)
    const name = storeNameOf(config, readers, reader)
    if (query.kind === 'all' || query.kind === 'anywhere') {
      sources.push({ name, reader: exported, ids: exported.contents(query.kind === 'all' ? 'present' : 'all') })
      continue
    }
    const hits = search.search({ query, order: 'date', limit: undefined, accounts: undefined })
    sources.push({ name, reader: exported, ids: hits.map(({ id }) => id).toSorted((left, right) => left - right) })
    pending += search.pending()
  }
  return { sources, searchers, pending }
}
