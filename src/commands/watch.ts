import { Option } from 'commander'
import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { parseDuration } from './option-parsers.ts'
import { runWatch } from './keep-watching.ts'
import type { WatchFlags } from './keep-watching.ts'
import { parsePingUrl } from './ping.ts'

export function defineWatch(command: Command, host: CommandHost): void {
  command
    .description(
      'Mirrors accounts, and keeps the mirror current until it is interrupted: the server tells of changes (IDLE, NOTIFY), or is asked for them. On a terminal it shows what happens; off it a line for each event, with --json as JSON. SIGHUP reads the configuration anew.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX, as for sync. It holds the stores as a sync does: a sync beside it ends with 75.',
    )
    .option(
      '--every <duration>',
      'a pass of everything after this time, whatever the server tells',
      parseDuration,
      900_000,
    )
    .option('--poll <duration>', 'ask for mailboxes that nobody tells of, at first', parseDuration, 60_000)
    .option('--no-index', 'leave the index for searching as it is')
    .addOption(
      new Option('--ping <url>', 'tell a health check, each time all is compared: URL or URL/fail').argParser(
        parsePingUrl,
      ),
    )
    .option('--metrics <file>', 'write numbers for Prometheus each time, as `sync` does')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror watch', 'all accounts; q leaves'],
          ['mailmirror watch work --every 1h', 'one account, everything once an hour'],
          ['mailmirror watch --json | jq -r .type', 'what happens, for scripts'],
        ],
        exits: [0, 64, 66, 70, 74, [75, 'another sync holds the store'], 77, 78, 130],
      }),
    )
    .action((selects: readonly string[]) =>
      host.run((context) => runWatch(context, selects, command.opts<WatchFlags>())),
    )
}
