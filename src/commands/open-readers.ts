import type { StoreAccount, StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'

export interface OpenReader {
  readonly path: string
  readonly reader: StoreReader
}

/** The stores of the accounts, each once, open for reading. Dispose it. */
export class OpenReaders implements Disposable {
  readonly all: readonly OpenReader[]
  /** Of several stores, those that could not be opened: whoever tells of the others names these too. */
  readonly errors: readonly AppError[]

  constructor(all: readonly OpenReader[], errors: readonly AppError[] = []) {
    this.all = all
    this.errors = errors
  }

  of(account: StoreAccount): StoreReader | undefined {
    return this.all.find(({ path }) => path === account.store)?.reader
  }

  [Symbol.dispose](): void {
    for (const { reader } of this.all) reader.close()
  }
}

/** One of several that cannot be opened leaves the others; the error of the only one is thrown. Where none was ever made nothing is
 *  wrong, and `all` is empty. */
export async function openReaders(
  context: CommandContext,
  config: StoresConfig,
  accounts: readonly StoreAccount[],
): Promise<OpenReaders> {
  const opened: OpenReader[] = []
  const errors: AppError[] = []
  for (const path of new Set(accounts.map(({ store }) => store))) {
    try {
      opened.push({ path, reader: await context.openReader(config, path) })
    } catch (error) {
      if (!(error instanceof AppError)) {
        new OpenReaders(opened)[Symbol.dispose]()
        throw error
      }
      errors.push(error)
    }
  }
  return new OpenReaders(opened, opened.length > 0 ? errors : noneOf(errors))
}

/** What is thrown where nothing can be read: the first that is more than a store that was never made. */
function noneOf(errors: readonly AppError[]): readonly AppError[] {
  const worst = errors.find(({ code }) => code !== 'STORE_MISSING')
  if (worst !== undefined) throw worst
  return []
}

/** Throws STORE_MISSING where no store has been made yet. */
export async function openSomeReaders(context: CommandContext, config: StoresConfig): Promise<OpenReaders> {
  const readers = await openReaders(context, config, config.accounts)
  if (readers.all.length > 0) return readers
  throw new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
