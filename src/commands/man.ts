import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import { toIso } from '../model/instant.ts'
import { manPage } from '../ui/man-page.ts'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { readManual, wholeTree } from './manual-tree.ts'

export function defineMan(command: Command, host: CommandHost): void {
  command
    .description('Prints the manual as a man page, made from what the commands say of themselves.')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror man | man -l -', 'to read it'],
          ['mailmirror man > ~/.local/share/man/man1/mailmirror.1', 'so that `man mailmirror` finds it'],
        ],
        exits: [0, 64],
      }),
    )
    .action(() =>
      host.run(async ({ terminal, version, nowMs }) => {
        const date = toIso(nowMs()).slice(0, 10)
        await terminal.out.write(manPage(readManual(await wholeTree()), { version, date }))
        return exitStatus.done
      }),
    )
}
