import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { defineHookChanges } from './hooks-changes.ts'
import { listHooks } from './list-hooks.ts'

const description =
  'Programs and web servers that are told of changes, as the config names them ([hooks.NAME]). `sync` tells them beside mirroring; each has a cursor of its own in the change log, and gets every change at least once, in order.\n\nStates: ready, paused (it cannot be reached, or is busy), refused (it does not take the next change), waiting (for the index), new.'

export function defineHooks(command: Command, host: CommandHost): void {
  command
    .description(description)
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror hooks', 'how far each has come, and what is in its way'],
          ['mailmirror hooks retry --help', 'the options of one of these'],
        ],
        exits: [0, 1, 64, 66, 74, 75, 78, 130],
      }),
    )
  command
    .command('list', { isDefault: true })
    .summary('how far each has come, and what is in its way')
    .description(
      'Lists the hooks: whom they tell, how far they have come, by how many changes they are behind, and which changes were given up. Secrets are left out.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror hooks', 'a table'],
          ["mailmirror hooks list --json | jq '.hooks[].deadLetters'", 'for scripts'],
        ],
        exits: [0, 64, 74, 78],
      }),
    )
    .action(() => host.run((context) => listHooks(context)))
  defineHookChanges(command, host)
}
