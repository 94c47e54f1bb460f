import type { Account, StoreAccount, StoresConfig } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { chooseAccounts, parseSelector } from '../model/select.ts'
import type { Selector } from '../model/select.ts'

export interface Selection<A extends StoreAccount = Account> {
  /** At least one, in the config's order. */
  readonly accounts: readonly A[]
  /** Empty: everything. */
  readonly selectors: readonly Selector[]
}

/** What the SELECT arguments name. Throws NO_SUCH_ACCOUNT, or CONFIG_INVALID where there is no account at all. */
export function selectAccounts<A extends StoreAccount>(
  config: StoresConfig & { readonly accounts: readonly A[] },
  texts: readonly string[],
): Selection<A> {
  const selectors = texts.map(parseSelector)
  const { chosen, unknown } = chooseAccounts(config.accounts, selectors)
  const names = config.accounts.map(({ name }) => name)
  if (names.length === 0) {
    throw new AppError({
      code: 'CONFIG_INVALID',
      message: `no accounts in ${config.path}`,
      hint: 'add one: [accounts.NAME] with email, and [accounts.NAME.imap] with host and password',
    })
  }
  if (unknown.length > 0) {
    throw new AppError({
      code: 'NO_SUCH_ACCOUNT',
      message: `no account "${unknown.join('", "')}" in ${config.path}`,
      hint: `accounts: ${names.join(', ')}`,
    })
  }
  return { accounts: chosen, selectors }
}

/** Names a mailbox that a selector means and nothing has; globs that match nothing are named as well. */
export function noSuchMailbox(selectors: readonly Selector[], where: string): AppError {
  const names = selectors.map(({ account, mailbox }) => `${account}/${mailbox ?? '*'}`)
  return new AppError({
    code: 'NO_SUCH_MAILBOX',
    message: `no mailbox "${names.join('", "')}" ${where}`,
    hint: 'mailbox paths are written with the delimiter of the server; `mailmirror status` lists them',
    scope: 'mailbox',
  })
}

/** The selectors of one mailbox or a glob that none of the places matches. */
export function unmatched(
  selectors: readonly Selector[],
  hasMatch: (selector: Selector) => boolean,
): readonly Selector[] {
  return selectors.filter((selector) => selector.mailbox !== undefined && !hasMatch(selector))
}
