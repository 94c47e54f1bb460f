import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { runPrune } from './run-prune.ts'
import type { PruneFlags } from './run-prune.ts'

export function definePrune(command: Command, host: CommandHost): void {
  command
    .description(
      'Removes messages from the mirror for good: those that every mailbox has lost long ago, or what only one mailbox or account held. Their octets and words are overwritten in the files; the change log keeps what happened to them, and their sizes and hashes. What a mailbox still has is never removed. Asks before it does anything; takes no message from a server.\n\nThe past has them no more either: export and restore --as-of a time before that name each message that was pruned since, and end with 1; search and status say how many there are.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.',
    )
    .option('--removed-before <when>', 'what was removed everywhere before then: 2y, 6m, 30d, 2024-01-01')
    .option(
      '--mailbox <account/path>',
      'what only this mailbox held: one that is gone from the server or excluded, or local',
    )
    .option('--account <name>', 'what only this account held: its whole mirror')
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror prune --removed-before 2y --dry-run', 'what has been gone for two years, in numbers'],
          ["mailmirror prune --removed-before 30d 'work/Trash'", 'of one mailbox; other mailboxes keep theirs'],
          ['mailmirror prune --mailbox work/Old --yes', 'a mailbox that is gone, without being asked'],
          ['mailmirror prune --account former', 'all that was mirrored of an account'],
        ],
        exits: [
          0,
          [1, 'done, but copies may be left in files, or a store failed (see stderr)'],
          64,
          66,
          [74, 'local storage: disk full, I/O error; the next prune goes on'],
          [75, 'a sync holds the store, or somebody reads the state before'],
          78,
          130,
        ],
      }),
    )
    .action((selects: readonly string[]) =>
      host.run((context) => runPrune(context, selects, command.opts<PruneFlags>())),
    )
}
