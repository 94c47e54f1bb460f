import type { Account } from '../model/account.ts'
import { AppError } from '../model/errors.ts'

interface Accounts {
  readonly path: string
  readonly accounts: readonly Account[]
}

/** Throws NO_SUCH_ACCOUNT. Any name that a config may have is one, also one with a slash. */
export function namedAccount({ path, accounts }: Accounts, name: string): Account {
  const account = accounts.find((one) => one.name === name)
  if (account !== undefined) return account
  throw new AppError({
    code: 'NO_SUCH_ACCOUNT',
    message: `no account "${name}" in ${path}`,
    hint: accounts.length === 0 ? 'there is none' : `accounts: ${accounts.map((one) => one.name).join(', ')}`,
  })
}
