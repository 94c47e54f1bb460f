import type { Command } from 'commander'
import { Option } from 'commander'
import { asOfOption } from './as-of-option.ts'
import { helpText } from './help-text.ts'
import { wholeNumber } from './option-parsers.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { typedQuery } from './query-arguments.ts'
import { queryHelp } from './query-help.ts'
import { runSearch } from './run-search.ts'
import type { SearchFlags } from './run-search.ts'

export function defineSearch(command: Command, host: CommandHost): void {
  command
    .description('Finds messages in the mirror, newest first. Asks no server; works while a sync runs.')
    .option('-i, --interactive', 'on the whole screen, as you type')
    .option('--ids', 'only the numbers of the messages, a line each, as `show` takes them')
    .option('--count', 'only how many there are')
    .option('--limit <n>', 'at most so many; 0: all (50 in a table, else all)', wholeNumber(0, 1_000_000_000))
    .option('--threads', 'each conversation once, by its newest message that is found, with the number of its messages')
    .addOption(new Option('--sort <order>', 'newest or best first').choices(['date', 'relevance']).default('date'))
    .addOption(asOfOption())
    .addHelpText('after', queryHelp)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror search invoice from:acme after:2026-01', 'words, a sender, a time'],
          [`mailmirror search 'subject:"as agreed"' -in:Trash`, 'words in a row, not in the trash'],
          ['mailmirror search has:attachment larger:5M --json | jq .subject', 'for scripts'],
          ['mailmirror search in:INBOX is:unread --as-of 2w', 'what was unread two weeks ago'],
          ['mailmirror search --ids is:flagged | xargs -n 1 mailmirror show', 'one after the other'],
        ],
        exits: [
          [0, 'done, whether or not something was found'],
          [1, 'one of several stores could not be searched (named on stderr)'],
          [64, 'usage: unknown option, or a query that cannot be read'],
          74,
          78,
        ],
      }),
    )
    .action((words: readonly string[]) =>
      host.run((context) => start(context, typedQuery(words), command.opts<SearchFlags & { interactive?: true }>())),
    )
}

async function start(
  context: CommandContext,
  query: string,
  flags: SearchFlags & { readonly interactive?: true },
): Promise<ExitStatus> {
  if (flags.interactive !== true) return runSearch(context, query, flags)
  const { runInteractiveSearch } = await import('./interactive-search.ts')
  return runInteractiveSearch(context, query, {
    order: flags.sort ?? 'date',
    byThread: flags.threads === true,
    asOf: flags.asOf,
  })
}
