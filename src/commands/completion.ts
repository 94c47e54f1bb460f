import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import { completedShells, completionScripts } from '../ui/completion-scripts.ts'
import type { CompletedShell } from '../ui/completion-scripts.ts'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'

export function defineCompletion(command: Command, host: CommandHost): void {
  command
    .description(
      'Prints what your shell needs to complete commands, options, their values, accounts, mailboxes and the fields of a query. The first lines say where it goes. Nothing connects to a server for it.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['source <(mailmirror completion bash)', 'in ~/.bashrc; for zsh in ~/.zshrc alike'],
          ['mailmirror completion fish > ~/.config/fish/completions/mailmirror.fish', 'for fish, once'],
        ],
        exits: [0, 64],
      }),
    )
    .action((shell: CompletedShell) =>
      host.run(async ({ terminal }) => {
        await terminal.out.write(completionScripts[shell])
        return exitStatus.done
      }),
    )
  // The command is listed with its argument; here it gets its choices.
  command.registeredArguments[0]?.choices(completedShells)
}
