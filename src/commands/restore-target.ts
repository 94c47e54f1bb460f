import { meantPlacements } from '../export/meant-placements.ts'
import { planRestore } from '../export/plan-restore.ts'
import type { RestoreGroup } from '../export/plan-restore.ts'
import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { Query } from '../model/query.ts'
import type { ExportSources } from './export-sources.ts'
import type { RestoreFlags } from './run-restore.ts'
import { selectAccounts } from './select-accounts.ts'

function refuse(message: string, hint: string): never {
  throw new AppError({ code: 'USAGE', message, hint })
}

/** Throws USAGE. */
export function refuseContradictions({ to, dryRun, rehearse: isRehearsal }: RestoreFlags): void {
  if (to === undefined && isRehearsal !== true)
    refuse('restore needs --to: an account, or ACCOUNT/MAILBOX', 'or --rehearse')
  if (dryRun === true && isRehearsal === true) refuse('a rehearsal touches no account anyway', 'leave --dry-run away')
}

/** Where a restore goes. */
export interface RestoreTarget {
  readonly account: Account
  /** undefined: each message goes into that in which it was. */
  readonly mailbox: string | undefined
}

/** What `--to` names; without it the first account. */
export function targetOf(config: Config, { to }: RestoreFlags): RestoreTarget {
  const [name = '', ...levels] = (to ?? '').split('/')
  const { accounts } = selectAccounts(config, to === undefined ? [] : [name])
  const [account] = accounts
  const isGood = to === undefined || levels.every((level) => level !== '')
  if (account !== undefined && isGood) return { account, mailbox: levels.length === 0 ? undefined : levels.join('/') }
  return refuse(`"${to ?? ''}" names no mailbox`, '--to ACCOUNT, or ACCOUNT/MAILBOX')
}

/** Which messages go into which mailbox. */
export function groupsOf(
  { sources }: ExportSources,
  {
    query,
    mailbox,
    only,
  }: { readonly query: Query; readonly mailbox: string | undefined; readonly only: string | undefined },
): readonly RestoreGroup[] {
  const isMeant = meantPlacements(query)
  return planRestore(sources, {
    into: mailbox,
    only,
    isMeant: (placement) => isMeant(placement) && (only === undefined || placement.account === only),
    delimiterOf: (account, path) => {
      for (const { reader } of sources) {
        const delimiter = reader.delimiterOf(account, path)
        if (delimiter !== undefined) return delimiter
      }
      return undefined
    },
  })
}
