import { AppError } from '../model/errors.ts'
import type { OpenSearchReader } from '../search/search-reader.ts'
import type { SearchedStore } from '../search/search-stores.ts'
import type { CommandContext } from './context.ts'
import { storeNames } from './store-names.ts'
import { unlessDamaged } from './unless-damaged.ts'

/** The stores that a search can read, open; dispose it. */
export interface SearchedStores extends Disposable {
  readonly all: readonly SearchedStore[]
  /** What they are read by. */
  readonly openReaders: readonly OpenSearchReader[]
  /** How many accounts the config has. */
  readonly accounts: number
  /** One of several could not be opened, or read to the end; `warn` names it. Of one that has failed nothing more is read. */
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
      const own = paths.length > 1 ? unlessDamaged(reader, errors) : reader
      readers.push(own)
      all.push({ name: paths.length > 1 ? names.get(path) : undefined, reader: own })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      errors.push(error)
    }
  }
  if (all.length === 0) throw worstOf(errors, paths.length)
  return {
    all,
    openReaders: readers,
    accounts: config.accounts.length,
    get failed() {
      return errors.length > 0
    },
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

/** Of several none of which was ever made, none is to be named. */
function worstOf(errors: readonly AppError[], stores: number): AppError {
  const worst = errors.find(({ code }) => code !== 'STORE_MISSING')
  return worst ?? (stores === 1 ? errors[0] : undefined) ?? nothingMirrored()
}

function nothingMirrored(): AppError {
  return new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
