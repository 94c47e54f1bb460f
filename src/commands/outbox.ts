import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { defineChanging } from './outbox-changes.ts'
import { listOutbox, showOutboxMessage } from './read-outbox.ts'

const description =
  'Messages that were to be sent: what waits, what went out, what did not. `sync` sends what waits.\n\nStates: queued, sending, sent, failed (rejected), unknown (the server may have taken it; never sent again by itself), cancelled.'

export function defineOutbox(command: Command, host: CommandHost): void {
  command
    .description(description)
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror outbox', 'what waits, and what went wrong'],
          ['mailmirror outbox retry --help', 'the options of one of these'],
        ],
        exits: [0, 1, 64, 66, 69, 75, 76, 77, 78],
      }),
    )
  defineReading(command, host)
  defineChanging(command, host)
}

function defineReading(command: Command, host: CommandHost): void {
  command
    .command('list', { isDefault: true })
    .summary('what waits, and what became of the rest')
    .description('Lists the outbox, oldest first: what was not sent, and what was sent within a day.')
    .option('--all', 'everything that was ever sent from here')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror outbox', 'what waits, and what went wrong'],
          ['mailmirror outbox list --all --json', 'everything, for scripts'],
        ],
        exits: [0, 64, 78],
      }),
    )
    .action((flags: { readonly all?: true }) => host.run((context) => listOutbox(context, flags)))
  command
    .command('show <id>')
    .summary('one message, and what the server has said')
    .description('Shows one message of the outbox: recipients, what the server has said, and the message itself.')
    .option('--raw', 'the exact octets of the copy, with Bcc')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror outbox show 3', 'what became of it'],
          ['mailmirror outbox show 3 --raw >message.eml', 'the message itself'],
        ],
        exits: [0, 64, 66, 78],
      }),
    )
    .action((id: string, flags: { readonly raw?: true }) =>
      host.run((context) => showOutboxMessage(context, id, flags)),
    )
}
