import type { StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { storeNames } from './store-names.ts'

export interface OutboxNames {
  /** `3`, or `STORE:3` where the config has several stores. */
  nameOf(store: string, id: number): string
  /** Throws USAGE for what is no name, or could be two. */
  find(text: string): { readonly store: string; readonly id: number }
}

/** How messages in the outboxes of a config are called. */
export function outboxNames(config: StoresConfig): OutboxNames {
  const paths = [...new Set(config.accounts.map(({ store }) => store))]
  const names = storeNames(paths)
  const [only, ...others] = paths
  return {
    nameOf: (store, id) => (others.length === 0 ? String(id) : `${names.get(store) ?? store}:${id}`),
    find: (text) => {
      const [, named, digits = ''] = /^(?:(.+):)?([1-9]\d{0,14})$/.exec(text) ?? []
      const store =
        named === undefined
          ? others.length === 0
            ? only
            : undefined
          : paths.find((path) => names.get(path) === named || path === named)
      if (digits === '' || store === undefined)
        throw new AppError({
          code: 'USAGE',
          message: `"${text}" names no message of the outbox`,
          hint: '`mailmirror outbox list` shows them with their numbers',
          scope: 'message',
        })
      return { store, id: Number(digits) }
    },
  }
}
