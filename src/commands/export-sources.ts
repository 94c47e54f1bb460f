import type { StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { StoreReader } from './store-reader.ts'
import { meantPlacements } from '../export/meant-placements.ts'
import type { ExportSource } from '../export/plan-export.ts'
import type { ExportReader } from '../export/ports.ts'
import type { Query } from '../model/query.ts'
import type { SearchReader } from '../search/search-reader.ts'
import type { OpenReaders } from './open-readers.ts'
import { prunedOf } from './pruned-since.ts'
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

/** What is everything is asked of the messages themselves, so that it does not depend on an index. Readers that have gone back
 *  (`isPast`) give also what was pruned since then, of which nobody knows more than where it was: so that whoever reads it is told. */
export async function exportSources(
  config: StoresConfig,
  readers: OpenReaders,
  { query, isPast }: { readonly query: Query; readonly isPast: boolean },
): Promise<ExportSources> {
  const isMeant = meantPlacements(query)
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
    const lost = isPast ? prunedOf(reader, isMeant) : []
    const isAll = query.kind === 'all' || query.kind === 'anywhere'
    const found = isAll
      ? exported.contents(query.kind === 'all' ? 'present' : 'all')
      : search.search({ query, order: 'date', limit: undefined, accounts: undefined }).map(({ id }) => id)
    const ids = [...new Set([...found, ...lost])].toSorted((left, right) => left - right)
    sources.push({ name, reader: exported, ids })
    return isAll ? 0 : search.pending()
  }
}
