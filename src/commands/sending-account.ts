import type { Account, Config, ServerSettings } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { selectAccounts } from './select-accounts.ts'

export type SendingAccount = Account & { readonly smtp: ServerSettings }

export interface Sender {
  /** Its name in the config. */
  readonly account: string | undefined
  /** Addresses that the sender goes by, the surest first. */
  readonly addresses: readonly string[]
}

/** The account that a message goes out by: the one that is named, whose address it is, or the only one that can send. Throws NO_SUCH_ACCOUNT, USAGE,
 *  and CONFIG_INVALID where it cannot send. */
export function sendingAccount(config: Config, sender: Sender): SendingAccount {
  const { accounts } = selectAccounts(config, sender.account === undefined ? [] : [sender.account])
  const [named] = accounts
  if (sender.account !== undefined && named !== undefined) return able(named, config)
  for (const address of sender.addresses) {
    const owner = accounts.find(({ email }) => email.toLowerCase() === address.toLowerCase())
    if (owner !== undefined) return able(owner, config)
  }
  const [only, ...others] = accounts.filter(canSend)
  if (only !== undefined && others.length === 0) return only
  if (only === undefined && named !== undefined) return able(named, config)
  const [address] = sender.addresses
  throw new AppError({
    code: 'USAGE',
    message:
      address === undefined
        ? 'it is not said who sends this'
        : `no account of ${config.path} is ${JSON.stringify(address)}`,
    hint: `name one: --account ${accounts
      .filter(canSend)
      .map(({ name }) => name)
      .join(' or --account ')}`,
  })
}

export function canSend(account: Account): account is SendingAccount {
  return account.smtp !== undefined
}

/** Throws CONFIG_INVALID where it names no server to send by. */
export function able(account: Account, config: Config): SendingAccount {
  if (canSend(account)) return account
  throw new AppError({
    code: 'CONFIG_INVALID',
    message: `account ${account.name} in ${config.path} names no server to send by`,
    hint: `add [accounts.${account.name}.smtp] with host = "smtp.example.org"`,
  })
}
