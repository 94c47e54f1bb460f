import { globMatches } from './glob.ts'
import type { MailboxFilter, StoreAccount } from './account.ts'

/** `ACCOUNT` or `ACCOUNT/GLOB`, as a user names what a command is about. */
export interface Selector {
  readonly account: string
  /** undefined: all mailboxes. */
  readonly mailbox: string | undefined
}

export function parseSelector(text: string): Selector {
  const slash = text.indexOf('/')
  return slash < 0
    ? { account: text, mailbox: undefined }
    : { account: text.slice(0, slash), mailbox: text.slice(slash + 1) }
}

function selectsAccount(selectors: readonly Selector[], account: string): boolean {
  return selectors.length === 0 || selectors.some((selector) => selector.account === account)
}

export function selectsMailbox(selectors: readonly Selector[], account: string, path: string): boolean {
  const own = selectors.filter((selector) => selector.account === account)
  if (selectors.length === 0) return true
  return own.some(({ mailbox }) => mailbox === undefined || globMatches(mailbox, path))
}

/** What the config says of an account's mailboxes; exclude wins. */
export function filterAdmits(filter: MailboxFilter, path: string): boolean {
  return (
    filter.include.some((glob) => globMatches(glob, path)) && !filter.exclude.some((glob) => globMatches(glob, path))
  )
}

/** The accounts that are named, in the config's order; the names that no account has. */
export function chooseAccounts<A extends StoreAccount>(
  accounts: readonly A[],
  selectors: readonly Selector[],
): { readonly chosen: readonly A[]; readonly unknown: readonly string[] } {
  const known = new Set(accounts.map((account) => account.name))
  return {
    chosen: accounts.filter((account) => selectsAccount(selectors, account.name)),
    unknown: selectors.map((selector) => selector.account).filter((name) => !known.has(name)),
  }
}
