import type { Command } from 'commander'
import { cancelMessages, flushNow, retryMessages } from './change-outbox.ts'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'

/** The subcommands of `outbox` that change something. */
export function defineChanging(command: Command, host: CommandHost): void {
  command
    .command('retry <id...>')
    .summary('send again what was not sent')
    .description('Sends messages again that failed, were cancelled or wait, now. Recipients that have it are left out.')
    .option('--anyway', 'also one whose outcome is unknown: it may arrive twice')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror outbox retry 3', 'after the trouble is mended'],
          ['mailmirror outbox retry 4 --anyway', 'rather twice than never'],
        ],
        exits: [[0, 'sent, or queued again'], [1, 'rejected again, or unknown'], 64, 66, 69, 75, 76, 77, 78],
      }),
    )
    .action((ids: readonly string[], flags: { readonly anyway?: true }) =>
      host.run((context) => retryMessages(context, ids, flags)),
    )
  command
    .command('cancel <id...>')
    .summary('give up what was not sent')
    .description('Gives up messages that wait, have failed or are unknown. What the server has taken stays sent.')
    .addHelpText(
      'after',
      helpText({
        examples: [['mailmirror outbox cancel 3', 'it will not be sent']],
        exits: [0, [1, 'too late: it was sent'], 64, 66, 78],
      }),
    )
    .action((ids: readonly string[]) => host.run((context) => cancelMessages(context, ids)))
  command
    .command('flush [account...]')
    .summary('send what waits, now')
    .description(
      'Sends everything that is due, in the order in which it was queued; waits for a server that wants to be asked later.',
    )
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror outbox flush', 'all accounts'],
          ['mailmirror outbox flush work', 'one of them'],
        ],
        exits: [
          [0, 'nothing is due any more'],
          [1, 'something was rejected, or is unknown'],
          64,
          66,
          69,
          [75, 'another process is sending, or the server wants to be asked later'],
          76,
          77,
          78,
          130,
        ],
      }),
    )
    .action((accounts: readonly string[]) => host.run((context) => flushNow(context, accounts)))
}
