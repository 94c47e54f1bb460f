import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { asOfOption } from './as-of-option.ts'
import { helpText } from './help-text.ts'
import { typedQuery } from './query-arguments.ts'
import { queryHelp } from './query-help.ts'
import { runRestore } from './run-restore.ts'
import type { RestoreFlags } from './run-restore.ts'

export function defineRestore(command: Command, host: CommandHost): void {
  command
    .description(
      "Puts messages of the mirror onto an IMAP server, with their flags and dates, and makes the mailboxes that are missing: all that are in a mailbox now, or what a query finds. `is:removed` are those that the server has lost. Without `account:` in the query it is the account's own mail.\n\nWhat is there already is left alone: doing it again adds nothing, and goes on with a restore that was interrupted. Nothing on the server is changed or removed.\n\n--rehearse does it all against a server of its own on this machine, mirrors it back and compares: the account is not touched.",
    )
    .option('--to <account>', 'ACCOUNT, or ACCOUNT/MAILBOX: then all go into that mailbox')
    .option('--dry-run', 'only say what is missing on the server')
    .option('--rehearse', 'prove it on this machine, without the account')
    .addOption(asOfOption())
    .addHelpText('after', queryHelp)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror restore --to work', 'all mailboxes of the account'],
          ['mailmirror restore is:removed in:INBOX --to work/Rescued', 'what was deleted, into a mailbox of its own'],
          ['mailmirror restore in:INBOX --to work --as-of yesterday', 'what was in it when yesterday began'],
          ['mailmirror restore account:old --to new --dry-run', 'what a move to another server would send'],
          ['mailmirror restore --rehearse', 'would it all come back?'],
        ],
        exits: [
          [0, 'done; what was there already counts as done'],
          [1, 'some were refused, pruned or not tried (named), or are not indexed yet'],
          64,
          [65, 'damaged messages were left out (named on stderr)'],
          66,
          69,
          75,
          76,
          77,
          78,
          130,
        ],
      }),
    )
    .action((words: readonly string[]) =>
      host.run((context) => runRestore(context, typedQuery(words), command.opts<RestoreFlags>())),
    )
}
