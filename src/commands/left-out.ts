import type { Account } from '../model/account.ts'
import type { Selector } from '../model/select.ts'
import { cleanName } from '../profile/run-profile.ts'
import { readStalls, stallPathOf } from '../profile/stall-log.ts'
import type { StallRecord } from '../profile/stall-log.ts'

/** It is tried again after that. */
const leftOutMs = 86_400_000

interface LeavingOut {
  readonly accounts: readonly Pick<Account, 'name' | 'store'>[]
  readonly selectors: readonly Selector[]
  readonly nowMs: number
}

/** Mailboxes over which a sync had to be ended are left out for a day, so that the others come to their turn; whoever names one has it tried. */
export function leftOutMailboxes({ accounts, selectors, nowMs }: LeavingOut) {
  const stores = new Set(accounts.map(({ store }) => store))
  const burnt = [...stores]
    .flatMap((store) => readStalls(stallPathOf(store)))
    .filter(({ kind, at, mailbox }) => kind === 'burnt' && mailbox !== '' && nowMs - at < leftOutMs)
  const isNamed = (account: string, mailbox: string): boolean =>
    selectors.some((selector) => selector.account === account && selector.mailbox === mailbox)
  return (account: string, mailbox: string): string | undefined => {
    const stall = burnt.find((one) => one.account === cleanName(account) && one.mailbox === cleanName(mailbox))
    return stall === undefined || isNamed(account, mailbox) ? undefined : reasonOf(stall, `${account}/${mailbox}`)
  }
}

function reasonOf({ at, command }: StallRecord, select: string): string {
  const when = new Date(at).toISOString()
  return `left out for a day, since ${command} kept a sync busy until it was ended at ${when}; \`sync '${select}'\` tries it again`
}
