import type { PastMoment } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import type { Selector } from '../model/select.ts'
import type { CommandContext } from './context.ts'
import type { StoreReader } from './store-reader.ts'
import { goBack } from './log-position.ts'
import { openReaders } from './open-readers.ts'
import { selectAccounts } from './select-accounts.ts'
import { storeNames } from './store-names.ts'

/** A store as it was. */
export interface PastStore {
  readonly path: string
  /** undefined: there is only one in the config. */
  readonly name: string | undefined
  readonly reader: StoreReader
  readonly moment: PastMoment
  /** Those that are chosen and lie in it; without a selection all that it knows. */
  readonly accounts: readonly string[]
}

export interface OpenPast extends Disposable {
  readonly stores: readonly PastStore[]
  readonly selectors: readonly Selector[]
}

/** Opens the stores of the accounts that are chosen, as they were. Throws USAGE where no store has that moment. */
export async function openPast(
  context: CommandContext,
  selects: readonly string[],
  when: { readonly option: string; readonly text: string },
): Promise<OpenPast> {
  const config = await context.loadStores()
  const { accounts, selectors } = selectAccounts(config, selects)
  const names = storeNames([...new Set(config.accounts.map(({ store }) => store))])
  const readers = await openReaders(context, config, accounts)
  try {
    if (readers.all.length === 0) throw nothingMirrored()
    const own = readers.all.map(({ reader }) => reader)
    const moments = goBack(own, { ...when, nowMs: context.nowMs() })
    const stores = readers.all.flatMap(({ path, reader }, index) => {
      const moment = moments[index]
      const name = names.size > 1 ? names.get(path) : undefined
      const own = accounts.filter(({ store }) => store === path).map((account) => account.name)
      // Of all that there was, what the config has no more is a part.
      const its = selectors.length === 0 ? [...new Set([...own, ...reader.accountNames()])] : own
      return moment === undefined ? [] : [{ path, name, reader, moment, accounts: its }]
    })
    return { stores, selectors, [Symbol.dispose]: () => readers[Symbol.dispose]() }
  } catch (error) {
    readers[Symbol.dispose]()
    throw error
  }
}

function nothingMirrored(): AppError {
  return new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
