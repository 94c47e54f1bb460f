import { AppError } from '../model/errors.ts'
import type { SearchedStore } from '../search/search-stores.ts'
import { blockOf } from '../ui/error-report.ts'
import { countOf } from '../ui/format-count.ts'
import type { CommandContext, StoreReader } from './context.ts'
import { storeNames } from './store-names.ts'

/** The stores that a search can read, open; dispose it. */
export interface SearchedStores extends Disposable {
  readonly all: readonly SearchedStore[]
  /** How many accounts the config has. */
  readonly accounts: number
  /** One of several could not be opened; `warn` names it. */
  readonly failed: boolean
  /** Says on stderr which stores could not be searched, and what cannot be found yet. */
  warn(): Promise<void>
}

/** Opens every store of the config that was ever made. Throws STORE_MISSING where there is none; the error of the only store there
 *  is, is thrown. */
export async function openSearchedStores(context: CommandContext): Promise<SearchedStores> {
  const config = await context.loadStores()
  const paths = [...new Set(config.accounts.map(({ store }) => store))]
  const names = storeNames(paths)
  const readers: StoreReader[] = []
  const all: SearchedStore[] = []
  const errors: AppError[] = []
  for (const path of paths) {
    try {
      const reader = await context.openReader(config, path)
      readers.push(reader)
      all.push({ name: paths.length > 1 ? names.get(path) : undefined, reader: await reader.searchReader() })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code !== 'STORE_MISSING' || paths.length === 1) errors.push(error)
    }
  }
  const [first] = errors
  if (all.length === 0) throw first ?? nothingMirrored()
  return {
    all,
    accounts: config.accounts.length,
    failed: errors.length > 0,
    warn: async () => {
      const blocks = errors.flatMap(({ message, hint }) => blockOf(message, hint))
      const lines = [...blocks, ...pendingLines(all)]
      if (lines.length > 0) await context.terminal.err.write(lines.map((line) => `${line}\n`).join(''))
    },
    [Symbol.dispose]: () => {
      for (const reader of readers) reader.close()
    },
  }
}

function pendingLines(stores: readonly SearchedStore[]): readonly string[] {
  const pending = stores.reduce((sum, { reader }) => sum + reader.pending(), 0)
  if (pending === 0) return []
  const text = `${countOf(pending, 'message')} ${pending === 1 ? 'is' : 'are'} not indexed yet and cannot be found`
  return blockOf(text, 'a sync goes on indexing by itself; `mailmirror reindex --pending` does it now')
}

function nothingMirrored(): AppError {
  return new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
