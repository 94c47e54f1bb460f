import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { wholeNumber } from './option-parsers.ts'
import { defineLive } from './profile-live.ts'
import { defineDiff, defineReport } from './profile-reports.ts'
import { listRuns, pruneRuns } from './profile-runs.ts'
import { profileSync } from './profile-sync.ts'

export function defineProfile(command: Command, host: CommandHost): void {
  command
    .description(
      'Says why a sync is slow, and what to do about it. Every sync records what its connections waited for; nothing of a message is ever recorded.\n\n`profile -- sync …` runs a sync and then reports on it.',
    )
    .usage('[options] <command>, or: profile -- sync ...')
    .argument('[words...]')
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror profile -- sync work', 'a sync, and what it waited for'],
          ['mailmirror profile report', 'the last one'],
          ['mailmirror profile list', 'all that are kept'],
          ['mailmirror profile whatif --connections 8', 'how long it would take'],
        ],
        exits: [[0, 'done; of `profile -- sync` that of the sync'], 64, 66, 74, 78],
      }),
    )
    .action((words: readonly string[]) => host.run((context) => profileSync(context, words)))
  defineReport(command, host)
  defineDiff(command, host)
  defineLive(command, host)
  command
    .command('list')
    .summary('the runs that are kept')
    .description('Lists the runs that are kept, the newest first, each with what it suffered from.')
    .addHelpText('after', helpText({ examples: [['mailmirror profile list', 'the last 50']], exits: [0, 64, 74, 78] }))
    .action(() => host.run(listRuns))
  const prune = command
    .command('prune')
    .summary('forget old runs')
    .description('Forgets all runs but the newest. A sync does this by itself for all but 50.')
    .option('--keep <n>', 'how many stay', wholeNumber(0, 1000), 0)
    .addHelpText('after', helpText({ examples: [['mailmirror profile prune', 'all']], exits: [0, 64, 74, 78] }))
  prune.action(() => host.run((context) => pruneRuns(context, prune.opts<{ readonly keep?: number }>().keep ?? 0)))
}
