import type { Command } from 'commander'
import { Option } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { asOfOption } from './as-of-option.ts'
import { helpText } from './help-text.ts'
import { typedQuery } from './query-arguments.ts'
import { queryHelp } from './query-help.ts'
import { runExport } from './run-export.ts'
import type { ExportFlags } from './export-into.ts'

export function defineExport(command: Command, host: CommandHost): void {
  command
    .description(
      'Writes messages into files for other programs: all that are in a mailbox now, or what a query finds. `in:anywhere` is everything that the mirror holds, removed messages too. Asks no server and changes nothing in the mirror.\n\nOf mbox the kind is mboxrd: lines that begin with "From " get a ">", and taking it away gives each message back octet by octet. Beside the file lies OUTPUT.manifest.jsonl: where each message begins, its length, hash, flags, dates and mailboxes.\n\nmaildir makes a Maildir++ for each account, with flags in the names and times of the files; eml makes a folder for each mailbox with a file for each message. Their octets are exact, and the manifest is .manifest.jsonl in the folder.\n\njsonl is a line for each message, as `show --json` writes it; with --since last a folder gets a numbered file of the new ones each time.',
    )
    .addOption(
      new Option('--format <format>', 'one file, or a file for each message').choices([
        'mbox',
        'jsonl',
        'maildir',
        'eml',
      ]),
    )
    .option('--output <path>', 'the file (compressed if it ends in .gz or .zst), the folder, or - for stdout')
    .addOption(new Option('--split <by>', 'an mbox or jsonl for each mailbox, or year').choices(['mailbox', 'year']))
    .option('--status-headers', 'mbox: flags and keywords as Status, X-Status and X-Keywords')
    .option('--raw-base64', 'jsonl: the octets of each message too, as "raw"')
    .option('--no-text', 'jsonl: without "text" and "html"')
    .option('--attachment-data', 'jsonl: the decoded data of each attachment, in base64')
    .option('--replace', 'put the new file in the place of one that is there')
    .option('--resume', 'go on with an export that was interrupted, if the options are the same')
    .option('--schema', 'instead: the JSON Schema of a line of jsonl')
    .addOption(new Option('--since <when>', 'add what is new since the last export into this folder').choices(['last']))
    .addOption(asOfOption())
    .addHelpText('after', queryHelp)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror export --format mbox --output all.mbox.zst in:anywhere', 'everything, compressed'],
          ['mailmirror export --format mbox --output mail/ --split mailbox', 'a file for each mailbox'],
          ['mailmirror export --format mbox --output acme.mbox from:acme', 'what a query finds'],
          ['mailmirror export --format maildir --output mail/ --since last', 'every night'],
          ['mailmirror export --format maildir --output then/ --as-of 2026-10-05', 'as all was when that day began'],
        ],
        exits: [
          [0, 'done, however many there are'],
          [1, 'done, but some are not indexed yet, or were pruned (see stderr)'],
          64,
          [65, 'damaged messages were left out (named on stderr)'],
          [74, 'the file is there already, or cannot be written'],
          78,
          130,
        ],
      }),
    )
    .action((words: readonly string[]) =>
      host.run((context) =>
        start(context, typedQuery(words), command.opts<Partial<ExportFlags> & { readonly schema?: true }>()),
      ),
    )
}

async function start(
  context: CommandContext,
  query: string,
  flags: Partial<ExportFlags> & { readonly schema?: true },
): Promise<ExitStatus> {
  if (flags.schema === true) {
    const { messageSchema } = await import('../ui/message-schema.ts')
    await context.terminal.out.write(`${JSON.stringify(messageSchema, undefined, 2)}\n`)
    return exitStatus.done
  }
  const { format, output } = flags
  if (format === undefined || output === undefined) {
    throw new AppError({
      code: 'USAGE',
      message: `export needs ${format === undefined ? '--format: mbox, jsonl, maildir or eml' : '--output: a file, a folder, or - for stdout'}`,
      hint: '`mailmirror export --help` has examples',
    })
  }
  return runExport(context, query, { ...flags, format, output })
}
