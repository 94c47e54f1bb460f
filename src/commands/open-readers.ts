import type { StoreAccount, StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'

export interface OpenReader {
  readonly path: string
  readonly reader: StoreReader
}

/** The stores of the accounts, each once, open for reading; those that were never made are left out. Dispose it. */
export class OpenReaders implements Disposable {
  readonly all: readonly OpenReader[]

  constructor(all: readonly OpenReader[]) {
    this.all = all
  }

  of(account: StoreAccount): StoreReader | undefined {
    return this.all.find(({ path }) => path === account.store)?.reader
  }

  [Symbol.dispose](): void {
    for (const { reader } of this.all) reader.close()
  }
}

export async function openReaders(
  context: CommandContext,
  config: StoresConfig,
  accounts: readonly StoreAccount[],
): Promise<OpenReaders> {
  const opened: OpenReader[] = []
  try {
    for (const path of new Set(accounts.map(({ store }) => store))) {
      const reader = await unlessMissing(context.openReader(config, path))
      if (reader !== undefined) opened.push({ path, reader })
    }
  } catch (error) {
    new OpenReaders(opened)[Symbol.dispose]()
    throw error
  }
  return new OpenReaders(opened)
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

async function unlessMissing(opening: Promise<StoreReader>): Promise<StoreReader | undefined> {
  try {
    return await opening
  } catch (error) {
    if (error instanceof AppError && error.code === 'STORE_MISSING') return undefined
    throw error
  }
}
