import type { RestoreGroup } from '../export/plan-restore.ts'
import { restoreMessages } from '../export/restore-messages.ts'
import type { RestoreSummary } from '../export/restore-messages.ts'
import type { Account, Config } from '../model/account.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { namesAccount } from '../model/query.ts'
import { restoreReporter } from '../ui/restore-page.ts'
import { goBackAsOf } from './go-back.ts'
import type { CommandContext } from './context.ts'
import { exportSources } from './export-sources.ts'
import { openSomeReaders } from './open-readers.ts'
import { readQuery } from './read-query.ts'
import { noJournal, rehearse } from './rehearse.ts'
import { groupsOf, refuseContradictions, targetOf } from './restore-target.ts'
import { searchWarnings } from './search-warnings.ts'

export interface RestoreFlags {
  readonly to?: string
  readonly dryRun?: true
  readonly rehearse?: true
  readonly asOf?: string
}

/** Connections that a restore uses at most: a server takes as many messages over one as over ten, but for the round trips. */
const mostConnections = 4

/** One restore from the command line. */
export async function runRestore(context: CommandContext, text: string, flags: RestoreFlags): Promise<ExitStatus> {
  refuseContradictions(flags)
  const query = await readQuery(context, text)
  const config = await context.loadConfig()
  const { account, mailbox } = targetOf(config, flags)
  using readers = await openSomeReaders(context, await sourcesOf(context, config, account))
  if (flags.asOf !== undefined) await goBackAsOf(context, readers.all.map(({ reader }) => reader), flags.asOf) // prettier-ignore
  const found = await exportSources(config, readers, { query, isPast: flags.asOf !== undefined })
  const groups = groupsOf(found, { query, mailbox, only: namesAccount(query) ? undefined : account.name })
  const isRehearsal = flags.rehearse === true
  const reporter = restoreReporter(
    { ...context.options, isDryRun: flags.dryRun === true, isRehearsal },
    context.terminal,
  )
  try {
    const { summary, comparison } = isRehearsal
      ? await rehearse(context, { groups, onMessage: reporter.onMessage })
      : { summary: await restoreTo(context, { config, account, groups, flags, onMessage: reporter.onMessage }) }
    await reporter.finish(summary, flags.to ?? account.name, comparison)
    await context.terminal.err.write(
      searchWarnings(found.errors, found.pending)
        .map((line) => `${line}\n`)
        .join(''),
    )
    return statusOf(summary, found.pending + found.errors.length > 0 || (comparison?.differences.length ?? 0) > 0)
  } catch (error) {
    await reporter.interrupted()
    throw error
  }
}

/** A store of the account that is restored to, if it was never made, is none that is missing. */
async function sourcesOf(context: CommandContext, config: Config, { store: own }: Account): Promise<Config> {
  const isNew = (await context.files.modeOf(own)) === undefined
  return isNew ? { ...config, accounts: config.accounts.filter(({ store }) => store !== own) } : config
}

interface RestoreRun {
  readonly config: Config
  readonly account: Account
  readonly groups: readonly RestoreGroup[]
  readonly flags: RestoreFlags
  readonly onMessage: (octets: number) => void
}

async function restoreTo(
  context: CommandContext,
  { config, account, groups, flags, onMessage }: RestoreRun,
): Promise<RestoreSummary> {
  const { restoreServer, openJournal, mail } = await context.transferParts()
  // A plan makes no store.
  const isUnknown = flags.dryRun === true && (await context.files.modeOf(account.store)) === undefined
  using journal = isUnknown ? noJournal : await openJournal(config, account)
  return await restoreMessages({
    server: restoreServer(config, account),
    journal,
    groups,
    connections: Math.min(mostConnections, account.connections ?? mostConnections),
    isDryRun: flags.dryRun === true,
    hash: mail.hash,
    delay: (ms, signal) => context.clock.delay(ms, signal),
    signal: context.signal,
    onMessage,
  })
}

function statusOf({ failed, left }: RestoreSummary, isIncomplete: boolean): ExitStatus {
  if (failed.some(({ isDamaged }) => isDamaged === true)) return exitStatus.damaged
  return failed.length > 0 || left > 0 || isIncomplete ? exitStatus.incomplete : exitStatus.done
}
