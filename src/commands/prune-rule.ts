import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { filterAdmits, selectsMailbox } from '../model/select.ts'
import type { Selector } from '../model/select.ts'
import { parseDateSpan } from '../search/date-span.ts'
import { safeText } from '../ui/safe-text.ts'
import type { MailboxName, PruneRule } from '../upkeep/prune-ports.ts'
import { selectAccounts } from './select-accounts.ts'

/** What the options choose. */
export interface PruneChoice {
  readonly removedBefore?: string
  readonly mailbox?: string
  readonly account?: string
}

export interface ChosenRule {
  readonly rule: PruneRule
  readonly stores: readonly string[]
  /** Each names something, if it is in any of the stores. */
  readonly selectors: readonly Selector[]
}

/** Exactly one of the options says what may go, so that nothing goes by mistake. Throws USAGE, NO_SUCH_ACCOUNT. */
export function ruleOf(
  config: Config,
  selects: readonly string[],
  choice: PruneChoice & { readonly nowMs: number },
): ChosenRule {
  const { removedBefore, mailbox, account } = choice
  const given = [removedBefore, mailbox, account].filter((one) => one !== undefined)
  if (given.length !== 1)
    throw usage(
      given.length === 0 ? 'prune needs to be told what may go' : 'prune follows one rule at a time',
      'say --removed-before WHEN, --mailbox ACCOUNT/PATH or --account NAME',
    )
  if (removedBefore !== undefined) return byTime(config, selects, { text: removedBefore, nowMs: choice.nowMs })
  if (selects.length > 0) throw usage('SELECT goes with --removed-before', 'leave it away: the option names what goes')
  // An account that the config no longer has may be in any store.
  const stores = [...new Set(config.accounts.map(({ store }) => store))]
  if (account !== undefined) return { rule: { kind: 'account', account }, stores, selectors: [] }
  const [name = '', ...path] = (mailbox ?? '').split('/')
  if (name === '' || path.length === 0) throw usage(`--mailbox "${mailbox}" names no mailbox`, 'write ACCOUNT/PATH')
  const named = { account: name, path: path.join('/') }
  return { rule: { kind: 'mailbox', ...named, isMirrored: isMirrored(config, named) }, stores, selectors: [] }
}

function byTime(
  config: Config,
  selects: readonly string[],
  { text, nowMs }: { readonly text: string; readonly nowMs: number },
): ChosenRule {
  const span = parseDateSpan(text, nowMs)
  if (span === undefined || span.since > nowMs)
    throw usage(`--removed-before "${text}" is no time that has been`, 'such as 2y, 6m, 2w, 30d, 2024-01-01')
  const { accounts, selectors } = selectAccounts(config, selects)
  const chosen =
    selectors.length === 0 ? undefined : (account: string, path: string) => selectsMailbox(selectors, account, path)
  return {
    rule: { kind: 'removed-before', beforeMs: span.since, mailboxes: chosen },
    stores: [...new Set(accounts.map(({ store }) => store))],
    selectors,
  }
}

function isMirrored({ accounts }: Config, { account, path }: MailboxName): boolean {
  const found = accounts.find(({ name }) => name === account)
  return found !== undefined && filterAdmits(found.mailboxes, path)
}

/** What somebody who prunes by this rule may not expect; undefined: nothing. */
export function pruneNote({ accounts }: Config, rule: PruneRule): string | undefined {
  if (rule.kind !== 'account' || accounts.every(({ name }) => name !== rule.account)) return undefined
  return `the config still has the account "${safeText(rule.account)}": its next sync fetches again what its server has`
}

function usage(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint })
}
