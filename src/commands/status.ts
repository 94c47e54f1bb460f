import type { Command } from 'commander'
import type { StoreAccount } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { globMatches } from '../model/glob.ts'
import type { AccountState } from '../sync/status.ts'
import { indexLines, statusJson, statusPage, statusReasons } from '../ui/status-page.ts'
import type { StoreIndex } from '../ui/status-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext, CommandHost } from './context.ts'
import type { StoreReader } from './store-reader.ts'
import { asOfOption } from './as-of-option.ts'
import { helpText } from './help-text.ts'
import { indexOf } from './index-of.ts'
import { openReaders } from './open-readers.ts'
import type { OpenReaders } from './open-readers.ts'
import { noSuchMailbox, selectAccounts, unmatched } from './select-accounts.ts'
import type { Selection } from './select-accounts.ts'

export function defineStatus(command: Command, host: CommandHost): void {
  command
    .description(
      'Shows what the mirror holds of each mailbox: messages, removed and failed ones, the last sync, and whether it was complete. Asks no server.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.',
    )
    .option('--slow', 'instead: the mailboxes of the last sync, the slowest first')
    .addOption(asOfOption())
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror status', 'all accounts'],
          ["mailmirror status 'work/Archive/*'", 'some mailboxes of one account'],
          ['mailmirror status --slow', 'where the last sync took its time'],
          ['mailmirror status --as-of 7d', 'how much there was a week ago'],
          ['mailmirror status -v', 'with the whole reason why a mailbox is not complete'],
          ['mailmirror status --json | jq .accounts[].mailboxes', 'for scripts'],
        ],
        exits: [0, [1, 'one of several stores could not be read (named on stderr)'], 64, 66, 74, 78],
      }),
    )
    .action((selects: readonly string[]) =>
      host.run(async (context) => {
        const { slow, asOf } = command.opts<{ readonly slow?: true; readonly asOf?: string }>()
        if (asOf !== undefined) return (await import('./past-status.ts')).pastStatus(context, selects, { asOf, slow })
        if (slow !== true) return status(context, selects)
        return (await import('./status-slow.ts')).slowStatus(context, selects)
      }),
    )
}

export async function status(context: CommandContext, selects: readonly string[]): Promise<ExitStatus> {
  const { terminal, options } = context
  const { accounts, indexes, errors } = await readStates(context, selects)
  const lines = options.json
    ? [statusJson(accounts, indexes)]
    : [
        ...statusPage(accounts, terminal.out.columns, styleOf(terminal.out)),
        ...indexLines(indexes),
        ...(options.verbosity > 0 ? statusReasons(accounts) : []),
      ]
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  if (errors.length === 0) return exitStatus.done
  await (await import('./each-store.ts')).warnOf(context, errors)
  return exitStatus.incomplete
}

interface States {
  readonly accounts: readonly AccountState[]
  readonly indexes: readonly StoreIndex[]
  /** Of several stores, those that could not be read. */
  readonly errors: readonly AppError[]
}

async function readStates(context: CommandContext, selects: readonly string[]): Promise<States> {
  const config = await context.loadStores()
  const selection = selectAccounts(config, selects)
  using readers = await openReaders(context, config, selection.accounts)
  const errors = [...readers.errors]
  const accounts = selection.accounts.map((account): AccountState => {
    const reader = readers.of(account)
    const state = reader === undefined ? undefined : stateOf(reader, { account, selection, readers, errors })
    return state ?? { name: account.name, store: account.store, mailboxes: [] }
  })
  if (errors.length === 0) refuseUnknownMailboxes(selection, accounts)
  const indexes: StoreIndex[] = []
  for (const { path, reader } of readers.all) indexes.push(await indexOf(path, reader))
  return { accounts, indexes, errors }
}

interface StateParts {
  readonly account: StoreAccount
  readonly selection: Pick<Selection, 'selectors'>
  readonly readers: OpenReaders
  readonly errors: AppError[]
}

/** Of several stores one that is damaged leaves the others. */
function stateOf(reader: StoreReader, { account, selection, readers, errors }: StateParts): AccountState | undefined {
  try {
    return reader.status([account.name], selection.selectors)[0]
  } catch (error) {
    if (!(error instanceof AppError) || readers.all.length + readers.errors.length === 1) throw error
    if (!errors.some(({ message }) => message === error.message)) errors.push(error)
    return undefined
  }
}

function refuseUnknownMailboxes({ selectors }: Pick<Selection, 'selectors'>, states: readonly AccountState[]): void {
  const missing = unmatched(selectors, ({ account, mailbox = '*' }) =>
    states.some(({ name, mailboxes }) => name === account && mailboxes.some(({ path }) => globMatches(mailbox, path))),
  )
  if (missing.length > 0) throw noSuchMailbox(missing, 'in the mirror')
}
