import type { Command } from 'commander'
import { Option } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { typedQuery } from './query-arguments.ts'
import { queryHelp } from './query-help.ts'
import { runExport } from './run-export.ts'
import type { ExportFlags } from './run-export.ts'

export function defineExport(command: Command, host: CommandHost): void {
  command
    .description(
      'Writes messages into files for other programs: all that are in a mailbox now, or what a query finds. `in:anywhere` is everything that the mirror holds, removed messages too. Asks no server and changes nothing in the mirror.\n\nOf mbox the kind is mboxrd: lines that begin with "From " get a ">", and taking it away gives each message back octet by octet. Beside the file lies OUTPUT.manifest.jsonl: where each message begins, its length, hash, flags, dates and mailboxes.',
    )
    .addOption(new Option('--format <format>', 'mbox').choices(['mbox']).makeOptionMandatory())
    .requiredOption(
      '--output <path>',
      'the file (compressed if it ends in .gz or .zst), the folder for --split, or - for stdout',
    )
    .addOption(new Option('--split <by>', 'a file for each mailbox, or each year').choices(['mailbox', 'year']))
    .option('--replace', 'put the new file in the place of one that is there')
    .option('--resume', 'go on with an export that was interrupted, if the options are the same')
    .addHelpText('after', queryHelp)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror export --format mbox --output all.mbox.zst in:anywhere', 'everything, compressed'],
          ['mailmirror export --format mbox --output mail/ --split mailbox', 'a file for each mailbox'],
          ['mailmirror export --format mbox --output acme.mbox from:acme', 'what a query finds'],
        ],
        exits: [
          [0, 'done, however many there are'],
          [1, 'done, but the query could not find messages that are not indexed yet'],
          64,
          [65, 'damaged messages were left out (named on stderr)'],
          [74, 'the file is there already, or cannot be written'],
          78,
          130,
        ],
      }),
    )
    .action((words: readonly string[]) =>
      host.run((context) => runExport(context, typedQuery(words), command.opts<ExportFlags>())),
    )
}
