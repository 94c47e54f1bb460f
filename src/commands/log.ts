import type { Command } from 'commander'
import type { LogPosition } from '../model/change.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { selectsMailbox } from '../model/select.ts'
import { changeJson } from '../ui/change-json.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { mergeChanges } from './merge-changes.ts'
import { openReaders } from './open-readers.ts'
import { parsePosition } from './option-parsers.ts'
import { selectAccounts } from './select-accounts.ts'

const chunkLength = 65_536

interface LogFlags {
  readonly since?: string
}

export function defineLog(command: Command, host: CommandHost): void {
  command
    .description(
      'Writes the change log, a line of JSON for each change, oldest first: messages that came, flags that changed, messages and mailboxes that went.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.',
    )
    .option('--since <seq|when>', 'begin after a sequence number, or at a date: 2026-10-05, 2026-10, 7d, 2w, yesterday')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror log --since yesterday', 'what has changed since yesterday began'],
          ['mailmirror log --since 1200 work', 'one account, after change 1200'],
          ['mailmirror log | jq -c \'select(.kind == "message-removed")\'', 'what has been removed'],
        ],
        exits: [0, 64, 66, 74, 78, 130],
      }),
    )
    .action((selects: readonly string[]) => host.run((context) => log(context, selects, command.opts<LogFlags>())))
}

async function log(context: CommandContext, selects: readonly string[], flags: LogFlags): Promise<ExitStatus> {
  const position = flags.since === undefined ? { afterSeq: 0 } : positionOf(flags.since, context.nowMs())
  const config = await context.loadStores()
  const { accounts, selectors } = selectAccounts(config, selects)
  using readers = await openReaders(context, config, accounts)
  if (flags.since !== undefined) refuseSeveralStores(position, readers.all.length)
  const own = new Set(accounts.map(({ name }) => name))
  let chunk = ''
  for (const change of mergeChanges(readers.all.map(({ reader }) => reader.changes(position)))) {
    if (!own.has(change.account) || !selectsMailbox(selectors, change.account, change.mailbox)) continue
    chunk += changeJson(change)
    if (chunk.length < chunkLength) continue
    context.signal.throwIfAborted()
    await context.terminal.out.write(chunk)
    chunk = ''
  }
  if (chunk !== '') await context.terminal.out.write(chunk)
  return exitStatus.done
}

function positionOf(text: string, nowMs: number): LogPosition {
  const position = parsePosition(text, nowMs)
  if (position !== undefined) return position
  throw new AppError({
    code: 'USAGE',
    message: `--since "${text}" is neither a sequence number nor a date`,
    hint: 'dates are written 2026-10-05, 2026-10, 2026-10-05T14:00, 7d, 2w, today or yesterday',
  })
}

/** Each store counts its changes for itself. */
function refuseSeveralStores(position: LogPosition, stores: number): void {
  if (stores < 2 || !('afterSeq' in position)) return
  throw new AppError({
    code: 'USAGE',
    message: 'a sequence number belongs to one store, and the accounts have several',
    hint: 'name an account, or give a date',
  })
}
