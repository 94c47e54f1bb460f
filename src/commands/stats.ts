import type { Command } from 'commander'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { globMatches } from '../model/glob.ts'
import { selectsMailbox } from '../model/select.ts'
import type { Selector } from '../model/select.ts'
import { countStores } from '../search/stats.ts'
import type { MailboxTotal } from '../search/stats.ts'
import { statsJson, statsPage } from '../ui/stats-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { wholeNumber } from './option-parsers.ts'
import { openSearchedStores } from './searched-stores.ts'
import { noSuchMailbox, selectAccounts, unmatched } from './select-accounts.ts'

interface StatsFlags {
  readonly limit: number
}

export function defineStats(command: Command, host: CommandHost): void {
  command
    .description(
      'Counts what the mirror holds now: messages and octets by account, mailbox and year, the senders whose mail takes the most room, the largest attachments. Asks no server.\n\nA message in several mailboxes counts once in the sum, and in each of its mailboxes. SELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.',
    )
    .option('--limit <n>', 'so many senders and attachments', wholeNumber(1, 10_000), 10)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror stats', 'all accounts'],
          ["mailmirror stats 'work/Archive/*' --limit 30", 'some mailboxes, with longer lists'],
          ['mailmirror stats --json | jq .years', 'for scripts'],
        ],
        exits: [0, [1, 'one of several stores could not be read (named on stderr)'], 64, 66, 74, 78],
      }),
    )
    .action((selects: readonly string[]) =>
      host.run((context) => stats(context, selects, command.opts<StatsFlags>().limit)),
    )
}

async function stats(context: CommandContext, selects: readonly string[], limit: number): Promise<ExitStatus> {
  const config = await context.loadStores()
  const { accounts, selectors } = selectAccounts(config, selects)
  using stores = await openSearchedStores(context)
  const names = new Set(accounts.map(({ name }) => name))
  const scope = {
    isCounted: (account: string, path: string) => names.has(account) && selectsMailbox(selectors, account, path),
  }
  const counted = countStores(stores.all, scope, limit)
  refuseUnknownMailboxes(selectors, counted.mailboxes)
  const { out } = context.terminal
  const lines = context.options.json
    ? [statsJson(counted)]
    : statsPage(counted, { columns: out.columns, style: styleOf(out), withBars: out.isTty })
  await out.write(lines.map((line) => `${line}\n`).join(''))
  await stores.warn()
  return stores.failed ? exitStatus.incomplete : exitStatus.done
}

function refuseUnknownMailboxes(selectors: readonly Selector[], mailboxes: readonly MailboxTotal[]): void {
  const missing = unmatched(selectors, ({ account, mailbox = '*' }) =>
    mailboxes.some((own) => own.account === account && globMatches(mailbox, own.path)),
  )
  if (missing.length > 0) throw noSuchMailbox(missing, 'in the mirror that holds messages')
}
