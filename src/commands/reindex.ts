import type { Command } from 'commander'
import type { Account, Config } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { IndexOutcome } from '../search/indexer.ts'
import { reindexReporter } from '../ui/reindex-page.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { eachStore, warnOf } from './each-store.ts'
import { helpText } from './help-text.ts'
import { openReaders } from './open-readers.ts'
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
        exits: [
          0,
          [1, 'some could not be indexed, or one of several stores (see stderr)'],
          64,
          66,
          74,
          [75, 'a sync or another reindex is at work on the index'],
          78,
          130,
        ],
      }),
    )
    .action((names: readonly string[]) => host.run((context) => reindex(context, names, command.opts<ReindexFlags>())))
}

async function reindex(context: CommandContext, names: readonly string[], flags: ReindexFlags): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const { accounts } = selectAccounts(config, names)
  const made = await madeStores(context, config, accounts)
  const reporter = reindexReporter(context.options, context.terminal)
  let outcome: IndexOutcome = { indexed: 0, pending: 0 }
  const { errors } = await eachStore(made.stores, async (store) => {
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
  })
  await reporter.finish(outcome)
  const failed = [...made.errors, ...errors]
  await warnOf(context, failed)
  return outcome.pending === 0 && failed.length === 0
    ? exitStatus.done
    : (context.interruptedWith() ?? exitStatus.incomplete)
}

/** Those of the stores that a sync has made; of several, what is wrong with the others. */
async function madeStores(context: CommandContext, config: Config, accounts: readonly Account[]) {
  using readers = await openReaders(context, config, accounts)
  if (readers.all.length > 0) return { stores: readers.all.map(({ path }) => path), errors: readers.errors }
  throw new AppError({
    code: 'STORE_MISSING',
    message: 'nothing has been mirrored yet of these accounts: there is no store',
    hint: 'run `mailmirror sync` first',
  })
}
