import type { Account, Config } from '../model/account.ts'
import { globMatches } from '../model/glob.ts'
import { auditStores } from './audit-stores.ts'
import { eachStore } from './each-store.ts'
import { compareWithServers } from './compare-servers.ts'
import type { CommandContext } from './context.ts'
import type { OpenAuditor } from './store-reader.ts'
import { repairMirror } from './repair-mirror.ts'
import { noSuchMailbox, selectAccounts, unmatched } from './select-accounts.ts'
import type { Check, Verification, VerifyFlags } from './verification.ts'

/** Of messages on the server. */
const usualShare = 0.01

/** Checks, and repairs if that is asked for. */
export async function runVerify(
  context: CommandContext,
  selects: readonly string[],
  flags: VerifyFlags,
): Promise<Verification> {
  const config = await context.loadConfig()
  const selection = selectAccounts(config, selects)
  const { auditors, unreadable } = await openAuditors(context, config, selection.accounts)
  try {
    const check = { context, config, selection, flags, auditors, unreadable }
    if (unreadable.length === 0) refuseUnknownMailboxes(check)
    const found = await inspect(check)
    return flags.repair === true ? await repairMirror(found, check) : found
  } finally {
    for (const auditor of auditors.values()) auditor.close()
  }
}

async function openAuditors(
  context: CommandContext,
  config: Config,
  accounts: readonly Account[],
): Promise<Pick<Check, 'auditors' | 'unreadable'>> {
  const paths = [...new Set(accounts.map(({ store }) => store))]
  const { done, errors } = await eachStore(
    paths,
    async (path) => [path, await context.openAuditor(config, path)] as const,
  )
  return { auditors: new Map<string, OpenAuditor>(done), unreadable: errors }
}

function refuseUnknownMailboxes({ selection, auditors }: Check): void {
  const missing = unmatched(selection.selectors, ({ account: name, mailbox = '*' }) => {
    const account = selection.accounts.find((one) => one.name === name)
    const known = auditors.get(account?.store ?? '')?.mirroredMailboxes(name) ?? []
    return known.some(({ path }) => globMatches(mailbox, path))
  })
  if (missing.length > 0) throw noSuchMailbox(missing, 'in the mirror')
}

async function inspect(check: Check): Promise<Verification> {
  const own = { ...(await auditStores(check)), unreadable: check.unreadable }
  if (check.flags.server !== true) return { ...own, bodies: undefined, differences: [], unchecked: [], repaired: 0 }
  const { damaged, bodies, differences, unchecked } = await compareWithServers(check, check.flags.sample ?? usualShare)
  return { ...own, damaged: [...own.damaged, ...damaged], bodies, differences, unchecked, repaired: 0 }
}
