import { AppError } from '../model/errors.ts'
import type { OpenSearchReader } from '../search/search-reader.ts'
import type { SearchedStore } from '../search/search-stores.ts'
import type { CommandContext } from './context.ts'
import { storeNames } from './store-names.ts'

/** The stores that a search can read, open; dispose it. */
export interface SearchedStores extends Disposable {
  readonly all: readonly SearchedStore[]
  /** What they are read by. */
  readonly openReaders: readonly OpenSearchReader[]
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
  const readers: OpenSearchReader[] = []
  const all: SearchedStore[] = []
  const errors: AppError[] = []
  for (const path of paths) {
    try {
      const reader = await context.openSearcher(config, path)
      readers.push(reader)
      all.push({ name: paths.length > 1 ? names.get(path) : undefined, reader })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code !== 'STORE_MISSING' || paths.length === 1) errors.push(error)
    }
  }
  const [first] = errors
  if (all.length === 0) throw first ?? nothingMirrored()
  return {
    all,
    openReaders: readers,
    accounts: config.accounts.length,
    failed: errors.length > 0,
    warn: async () => {
      const pending = all.reduce((sum, { reader }) => sum + reader.pending(), 0)
      if (errors.length === 0 && pending === 0) return
      const { searchWarnings } = await import('./search-warnings.ts')
      const lines = searchWarnings(errors, pending)
      await context.terminal.err.write(lines.map((line) => `${line}\n`).join(''))
    },
    [Symbol.dispose]: () => {
      for (const reader of readers) reader.close()
    },
  }
}

function nothingMirrored(): AppError {
  return new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
