import { importMessages } from '../export/import-messages.ts'
import type { MboxDialect } from '../export/unquote-mbox.ts'
import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { importReporter } from '../ui/import-page.ts'
import type { CommandContext } from './context.ts'
import { indexStores } from './index-stores.ts'
import { RoutedImportStore } from './routed-import-store.ts'
import { selectAccounts } from './select-accounts.ts'

export interface ImportFlags {
  readonly account?: string
  readonly mailbox?: string
  readonly dryRun?: true
  /** False: nothing is indexed. */
  readonly index?: boolean
  readonly mboxDialect?: MboxDialect
}

/** One import from the command line. */
export async function runImport(
  context: CommandContext,
  paths: readonly string[],
  flags: ImportFlags,
): Promise<ExitStatus> {
  const base = checkedMailbox(flags.mailbox)
  const config = await context.loadConfig()
  const accountFor = accountChoice(config, flags.account)
  const { files, mail, openStore, preview } = await context.transferParts()
  const isDryRun = flags.dryRun === true
  const store = new RoutedImportStore(storeOf(config), async (path) =>
    isDryRun ? preview(config, path) : openStore(config, path),
  )
  const reporter = importReporter({ ...context.options, isDryRun }, context.terminal)
  const { signal } = context
  const { onMessage, onRead } = reporter
  try {
    const options = { paths, files, mail, store, base, accountFor, dialect: flags.mboxDialect, signal }
    const summary = await importMessages({ ...options, onMessage, onRead })
    const stores = [...store.paths]
    await store.close()
    const pending =
      isDryRun || flags.index === false
        ? undefined
        : await indexStores(context, { config, stores, onProgress: reporter.onIndexed })
    await reporter.finish(summary, pending)
    return summary.unreadable.length > 0 ? exitStatus.damaged : exitStatus.done
  } catch (error) {
    await reporter.interrupted()
    throw error
  } finally {
    await store.close()
  }
}

function storeOf(config: Config): (account: string) => string {
  const stores = new Map(config.accounts.map(({ name, store }) => [name, store]))
  return (account) => stores.get(account) ?? ''
}

/** Whose mail becomes whose. */
function accountChoice(config: Config, named: string | undefined): (account: string | undefined) => string {
  const { accounts } = selectAccounts(config, [])
  const names = accounts.map(({ name }) => name)
  const known = new Set(names)
  if (named !== undefined && !known.has(named)) throw noSuchAccount(`no account "${named}" in ${config.path}`, names)
  const [only, ...others] = names
  return (account) => {
    if (named !== undefined) return named
    if (account !== undefined && known.has(account)) return account
    if (account !== undefined) throw noSuchAccount(`this is mail of an account "${account}"`, names)
    if (only !== undefined && others.length === 0) return only
    throw new AppError({
      code: 'USAGE',
      message: 'it is not said whose mail this is',
      hint: `name an account: --account ${names.join(' or --account ')}`,
    })
  }
}

function noSuchAccount(message: string, names: readonly string[]): AppError {
  return new AppError({
    code: 'NO_SUCH_ACCOUNT',
    message,
    hint: `--account says whose it becomes; accounts: ${names.join(', ')}`,
  })
}

function checkedMailbox(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const isGood = path !== '' && !/\p{Cc}/u.test(path) && !path.split('/').includes('')
  if (isGood) return path
  throw new AppError({
    code: 'USAGE',
    message: `${JSON.stringify(path)} is no name of a mailbox`,
    hint: 'names are separated by single slashes: --mailbox Archive/Old',
  })
}
