import type { Command } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { selectsMailbox } from '../model/select.ts'
import { replayedMailboxJson, replayedPlacementJson, replayFinishedJson, replayJson } from '../ui/change-json.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { openPast } from './open-past.ts'
import type { OpenPast } from './open-past.ts'
import { pastMailboxes, writePastStatus } from './past-status.ts'

const chunkLength = 65_536

export function defineReplay(parent: Command, host: CommandHost): void {
  const command = parent
    .command('replay [select...]')
    .summary('what there was at a moment')
    .description(
      'Replays the change log up to a moment: mailboxes, and which messages were in them under which UIDs, with their flags, keywords and labels. With --json a line for each mailbox and each message, removed ones too ("removedAt"), the last of the type replay-finished. Else a table of how many.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.',
    )
    .option('--until <seq|when>', 'up to a sequence number and with it, or before what happened at or after a time')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror log replay --until 1200 work', 'one account after change 1200'],
          ['mailmirror log replay --until yesterday --json', 'everything when yesterday began, for scripts'],
        ],
        exits: [0, [64, 'usage: unknown option, or a moment that is not in the log'], 66, 74, 78, 130],
      }),
    )
  command.action((selects: readonly string[]) =>
    host.run((context) => replay(context, selects, command.opts<{ readonly until?: string }>())),
  )
}

async function replay(
  context: CommandContext,
  selects: readonly string[],
  { until }: { readonly until?: string },
): Promise<ExitStatus> {
  if (until === undefined) {
    throw new AppError({
      code: 'USAGE',
      message: 'log replay needs --until: a sequence number or a date',
      hint: '`mailmirror log replay --help` has examples',
    })
  }
  using past = await openPast(context, selects, { option: '--until', text: until })
  if (context.options.json) await writeReplay(context, past)
  else await writePastStatus(context, past)
  return exitStatus.done
}

async function writeReplay(context: CommandContext, past: OpenPast): Promise<void> {
  const count = { mailboxes: 0, placements: 0 }
  let chunk = ''
  const add = async (line: string): Promise<void> => {
    chunk += line
    if (chunk.length < chunkLength) return
    context.signal.throwIfAborted()
    await context.terminal.out.write(chunk)
    chunk = ''
  }
  for (const { moment, name, reader, accounts } of past.stores) {
    await add(replayJson(moment, name))
    for (const { name: account, mailboxes } of pastMailboxes(reader, accounts, past.selectors)) {
      count.mailboxes += mailboxes.length
      for (const mailbox of mailboxes) await add(replayedMailboxJson({ account, ...mailbox }, name))
    }
    for (const placement of reader.replayedPlacements()) {
      if (!accounts.includes(placement.account)) continue
      if (!selectsMailbox(past.selectors, placement.account, placement.mailbox)) continue
      count.placements++
      await add(replayedPlacementJson(placement, name))
    }
  }
  await add(replayFinishedJson(count))
  await context.terminal.out.write(chunk)
}
