import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { selectsMailbox } from '../model/select.ts'
import { parseDateSpan } from '../search/date-span.ts'
import type { PruneRule } from '../upkeep/prune-ports.ts'
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
  if (account !== undefined) return { rule: { kind: 'account', account }, stores }
  const [name = '', ...path] = (mailbox ?? '').split('/')
  if (name === '' || path.length === 0) throw usage(`--mailbox "${mailbox}" names no mailbox`, 'write ACCOUNT/PATH')
  return { rule: { kind: 'mailbox', account: name, path: path.join('/') }, stores }
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
  }
}

function usage(message: string, hint: string): AppError {
  return new AppError({ code: 'USAGE', message, hint })
}
