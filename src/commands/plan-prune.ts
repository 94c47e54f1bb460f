import { AppError } from '../model/errors.ts'
import { selectsMailbox } from '../model/select.ts'
import type { Selector } from '../model/select.ts'
import type { StorePlan } from '../ui/prune-page.ts'
import type { PruneRule } from '../upkeep/prune-ports.ts'
import { eachStore } from './each-store.ts'
import { noSuchMailbox, unmatched } from './select-accounts.ts'

/** Throws NO_SUCH_MAILBOX for a selector that names nothing in the stores, all of which could be read. */
export function requireSelected(selectors: readonly Selector[], plans: readonly StorePlan[]): void {
  const places = plans.flatMap(({ plan }) => plan.scope)
  const missing = unmatched(selectors, (selector) =>
    places.some(({ account, path }) => selectsMailbox([selector], account, path)),
  )
  if (missing.length > 0) throw noSuchMailbox(missing, 'in the mirror')
}

/** What a rule means in each of the stores that know what it names. Throws NO_SUCH_MAILBOX or NO_SUCH_ACCOUNT where none does. */
export async function planPrune(
  stores: readonly string[],
  rule: PruneRule,
  plan: (store: string) => StorePlan['plan'],
): Promise<{ readonly plans: readonly StorePlan[]; readonly errors: readonly AppError[] }> {
  const { done, errors } = await eachStore(stores, (store) => planIn(store, () => plan(store)))
  const plans = done.filter((one) => one !== undefined)
  if (plans.length === 0) throw errors[0] ?? unknownTo(rule)
  return { plans, errors }
}

/** undefined: this store knows no such account or mailbox; another may. */
function planIn(store: string, plan: () => StorePlan['plan']): StorePlan | undefined {
  try {
    return { store, plan: plan() }
  } catch (error) {
    const isAbsent = error instanceof AppError && (error.code === 'NO_SUCH_MAILBOX' || error.code === 'NO_SUCH_ACCOUNT')
    if (isAbsent) return undefined
    throw error
  }
}

function unknownTo(rule: PruneRule): AppError {
  if (rule.kind === 'mailbox') {
    return new AppError({
      code: 'NO_SUCH_MAILBOX',
      message: `no mailbox "${rule.account}/${rule.path}" in the mirror`,
      hint: '`mailmirror status` lists the mailboxes, those that are gone too',
      scope: 'mailbox',
    })
  }
  const name = rule.kind === 'account' ? rule.account : ''
  return new AppError({ code: 'NO_SUCH_ACCOUNT', message: `nothing is mirrored of an account "${name}"` })
}
