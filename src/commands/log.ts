import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { changeKinds } from '../model/change.ts'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { defineReplay } from './log-replay.ts'
import { parseDuration } from './option-parsers.ts'
import { runLog } from './run-log.ts'
import type { LogFlags } from './run-log.ts'

export function defineLog(command: Command, host: CommandHost): void {
  command
    .usage('[options] [select...]')
    .description(
      'Writes the change log, a line of JSON for each change, oldest first: messages that came, flags that changed, messages and mailboxes that went.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.\n\n--follow goes on with what is committed from then on, each change once, whoever else follows. Whoever begins again with the last number seen goes on where it was. Each store counts for itself: where there are several, every line has "store", and --since STORE:SEQ is given for each (what is not named begins at its beginning, or at the date that is given too). A line of the type keep-alive comes when nothing else does; one of the type log-replaced says that another log, from an older copy perhaps, is in the place of the one that was followed: it comes from its beginning.',
    )
    .option(
      '--since <seq|when>',
      'begin after a sequence number (of one of several stores: STORE:SEQ, repeatable), or at a date: 2026-10-05, 2026-10, 7d, 2w, yesterday',
      collect,
    )
    .option('-f, --follow', 'stay, and write what is committed from now on, until interrupted')
    .option('--keep-alive <dur>', 'how long a follower hears nothing at most (30s)', parseDuration)
    .option('--account <name>', 'only of this account (repeatable)', collect)
    .option('--mailbox <glob>', 'only of mailboxes of this name; * stands for anything (repeatable)', collect)
    .option('--kind <kind>', `only of this kind (repeatable): ${changeKinds.join(', ')}`, collectKind)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror log --since yesterday', 'what has changed since yesterday began'],
          ['mailmirror log --since 1200 work', 'one account, after change 1200'],
          ['mailmirror log --kind message-removed --mailbox INBOX', 'what has been removed from the inbox'],
          ['mailmirror log --follow --since 1200', 'that, and whatever comes'],
          ['mailmirror log replay --until 7d', 'what there was a week ago'],
        ],
        exits: [
          0,
          [1, 'one of several stores could not be read (named on stderr)'],
          64,
          66,
          74,
          78,
          [130, 'interrupted: the end of a --follow (143: terminated)'],
        ],
      }),
    )
    .action((selects: readonly string[]) => host.run((context) => runLog(context, selects, command.opts<LogFlags>())))
  defineReplay(command, host)
}

function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text]
}

function collectKind(text: string, earlier: readonly string[] = []): readonly string[] {
  if (changeKinds.some((kind) => kind === text)) return [...earlier, text]
  throw new InvalidArgumentError(`Expected one of ${changeKinds.join(', ')}.`)
}
