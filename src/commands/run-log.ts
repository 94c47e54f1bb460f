import type { StoreAccount, StoresConfig } from '../model/account.ts'
import { mailboxesOf } from '../model/change.ts'
import type { Change } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { globMatches } from '../model/glob.ts'
import { selectsMailbox } from '../model/select.ts'
import type { CommandContext } from './context.ts'
import { positionsOf } from './log-positions.ts'
import { selectAccounts } from './select-accounts.ts'
import { storeNames } from './store-names.ts'
import type { LoggedStore, LogRequest } from './logged-stores.ts'
import { writeLog } from './write-log.ts'

export interface LogFlags {
  readonly since?: readonly string[]
  readonly follow?: true
  readonly keepAlive?: number
  readonly account?: readonly string[]
  readonly mailbox?: readonly string[]
  readonly kind?: readonly string[]
}

export async function runLog(
  context: CommandContext,
  selects: readonly string[],
  flags: LogFlags,
): Promise<ExitStatus> {
  const { follow = false, keepAlive } = flags
  if (keepAlive !== undefined && !follow) {
    throw new AppError({ code: 'USAGE', message: '--keep-alive is for --follow', hint: 'leave it away' })
  }
  const config = await context.loadStores()
  const { accounts, selectors } = selectAccounts(config, [...selects, ...(flags.account ?? [])])
  // What an account left that the config has no more, or is to be called otherwise, is a part of the log, too.
  const own = selectors.length === 0 ? undefined : new Set(accounts.map(({ name }) => name))
  const isMeant = (change: Change): boolean =>
    (own === undefined || own.has(change.account)) &&
    (flags.kind === undefined || flags.kind.includes(change.kind)) &&
    mailboxesOf(change).some(
      (path) =>
        selectsMailbox(selectors, change.account, path) &&
        (flags.mailbox === undefined || flags.mailbox.some((glob) => globMatches(glob, path))),
    )
  const stores = storesOf(config, accounts, { since: flags.since, nowMs: context.nowMs() })
  const request: LogRequest = { config, stores, isMeant }
  if (!follow) return writeLog(context, request, accounts)
  const { followLog } = await import('./follow-log.ts')
  return followLog(context, request, keepAlive)
}

function storesOf(
  config: StoresConfig,
  accounts: readonly StoreAccount[],
  options: { readonly since: readonly string[] | undefined; readonly nowMs: number },
): readonly LoggedStore[] {
  const names = storeNames([...new Set(config.accounts.map(({ store }) => store))])
  const paths = [...new Set(accounts.map(({ store }) => store))]
  const positions = positionsOf(
    paths.map((path) => names.get(path) ?? path),
    options,
  )
  return paths.map((path, index) => ({
    path,
    name: names.size > 1 ? names.get(path) : undefined,
    since: positions[index] ?? { afterSeq: 0 },
  }))
}
