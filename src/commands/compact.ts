import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { compactionLines, compactJson } from '../ui/compact-page.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { eachStore, warnOf } from './each-store.ts'
import { helpText } from './help-text.ts'
import { selectAccounts } from './select-accounts.ts'

export function defineCompact(command: Command, host: CommandHost): void {
  command
    .description(
      'Gives back the room that a store no longer uses, after a prune or a reindex: writes its files anew. Searches and other readers go on meanwhile; a sync waits or says that the store is held. Needs free room for the files once more, and as much where temporary files lie.\n\nACCOUNT names the store of this account; accounts share it as they share a store.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror compact', 'all stores'],
          ['mailmirror compact work --json', 'one store; sizes before and after for scripts'],
        ],
        exits: [
          0,
          [1, 'one of several stores could not be had (named on stderr)'],
          64,
          66,
          [74, 'local storage: not enough room, then nothing was changed; I/O error'],
          [75, 'a sync holds the store, or a reader keeps the room'],
          78,
          130,
        ],
      }),
    )
    .action((names: readonly string[]) => host.run((context) => compact(context, names)))
}

async function compact(context: CommandContext, names: readonly string[]): Promise<ExitStatus> {
  const { terminal, options } = context
  const config = await context.loadConfig()
  const stores = [...new Set(selectAccounts(config, names).accounts.map(({ store }) => store))]
  const parts = await context.upkeepParts()
  const { done, errors } = await eachStore(stores, (store) =>
    parts.compact(config, store, () => context.clock.delay(0, context.signal)),
  )
  await warnOf(context, errors)
  const lines = options.json ? [compactJson(done)] : options.quiet ? [] : done.flatMap(compactionLines)
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  if (errors.length > 0) return exitStatus.incomplete
  return done.some(({ isKept }) => isKept) ? exitStatus.tryLater : exitStatus.done
}
