import type { Command } from 'commander'
import { Option } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { runImport } from './run-import.ts'
import type { ImportFlags } from './run-import.ts'

export function defineImport(command: Command, host: CommandHost): void {
  command
    .description(
      'Brings mail from files into the mirror: an mbox of any kind, a Maildir, messages (.eml), folders of such, Google Takeout, and what `export` has written. Packed files (gzip, zstd) are read as they are. The files are not changed, and no server is asked.\n\nThe mail lies in local mailboxes, which no sync touches. A message that is held already is linked, not stored again; one that is in its mailbox already is passed over, so that doing it again adds nothing, and goes on with an import that was interrupted. An export with its manifest gets back its mailboxes, flags and dates.',
    )
    .option('--account <name>', 'whose mail it becomes (default: whose it was, or the only account)')
    .option('--mailbox <path>', 'where it goes; mailboxes within it are made below')
    .option('--dry-run', 'only say what would be imported')
    .option('--no-index', 'leave the index for searching as it is')
    .addOption(
      new Option('--mbox-dialect <kind>', 'how an mbox quotes "From " (default: as it looks)').choices([
        'mboxrd',
        'mboxo',
        'mboxcl',
        'mboxcl2',
      ]),
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror import old.mbox --account work --mailbox Old', 'an mbox into a mailbox'],
          ['mailmirror import ~/Maildir --account work --mailbox Old', 'a Maildir, folder by folder'],
          ['mailmirror import Takeout/Mail --account gmail', 'Google Takeout, with its labels'],
          ['mailmirror import backup/ --dry-run', 'what an export would give back'],
        ],
        exits: [
          [0, 'done; what was there already counts as done'],
          [64, 'no such file, or it is not said whose mail it is'],
          [65, 'some of it could not be read (named on stderr); the rest is imported'],
          66,
          74,
          [75, 'a sync or another import holds the store'],
          78,
          130,
        ],
      }),
    )
    .action((paths: readonly string[]) => host.run((context) => runImport(context, paths, command.opts<ImportFlags>())))
}
