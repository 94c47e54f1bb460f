import type { Command } from 'commander'
import type { Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { IndexOutcome } from '../search/indexer.ts'
import { reindexReporter } from '../ui/reindex-page.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { openSomeReaders } from './open-readers.ts'
import { selectAccounts } from './select-accounts.ts'

interface ReindexFlags {
  readonly pending?: true
}

export function defineReindex(command: Command, host: CommandHost): void {
  command
    .description(
      'Makes the index for searching anew from the messages in the store. Asks no server, and changes nothing but the index; messages can be searched again as they are read.\n\nA sync does this by itself for what it fetches. Accounts share an index as they share a store.',
    )
    .option('--pending', 'only what is not indexed yet, and what an older version has indexed')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror reindex', 'all stores'],
          ['mailmirror reindex --pending', 'after `sync --no-index`, or an upgrade'],
        ],
        exits: [0, 64, 66, 74, [75, 'a sync or another reindex is at work on the index'], 78, 130],
      }),
    )
    .action((names: readonly string[]) => host.run((context) => reindex(context, names, command.opts<ReindexFlags>())))
}

async function reindex(context: CommandContext, names: readonly string[], flags: ReindexFlags): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const { accounts } = selectAccounts(config, names)
  const stores = await madeStores(context, config, new Set(accounts.map(({ store }) => store)))
  const reporter = reindexReporter(context.options, context.terminal)
  let outcome: IndexOutcome = { indexed: 0, pending: 0 }
  for (const store of stores) {
    const indexer = await context.createIndexer(config, store, {
      renewal: flags.pending === true ? 'stale' : 'all',
      onProgress: reporter.onProgress,
    })
    try {
      const { indexed, pending } = await indexer.finish(context.signal)
      outcome = { indexed: outcome.indexed + indexed, pending: outcome.pending + pending }
    } finally {
      await indexer.close()
    }
  }
  await reporter.finish(outcome)
  return outcome.pending === 0 ? exitStatus.done : (context.interruptedWith() ?? exitStatus.incomplete)
}

/** Those of the stores that a sync has made. */
async function madeStores(
  context: CommandContext,
  config: Config,
  paths: ReadonlySet<string>,
): Promise<readonly string[]> {
  using readers = await openSomeReaders(context, config)
  const made = readers.all.map(({ path }) => path).filter((path) => paths.has(path))
  if (made.length > 0) return made
  throw new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet of these accounts: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
