import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { codeToExitStatus, exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { verifyJson, verifyPage } from '../ui/verify-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { warnOf } from './each-store.ts'
import { helpText } from './help-text.ts'
import { runVerify } from './run-verify.ts'
import type { Verification, VerifyFlags } from './verification.ts'

export function defineVerify(command: Command, host: CommandHost): void {
  command
    .description(
      'Checks the mirror: the octets of every message against their hash, the database, and the change log against what is held. With --server the messages and flags that the server lists are compared as well, and the octets of some messages. Changes nothing without --repair, and never anything on a server.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part.',
    )
    .option('--server', 'compare with the server: UIDs, flags, and the octets of one message in a hundred')
    .option(
      '--sample <percent>',
      'of how many messages the octets are read (default: all; of the server: 1)',
      parseShare,
    )
    .option('--repair', 'fetch again what is damaged or, with --server, missing')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror verify', 'the whole store'],
          ['mailmirror verify --sample 5', 'quickly: structure in full, octets of one message in twenty'],
          ['mailmirror verify --server --sample 100 personal', 'download everything once more and compare'],
          ['mailmirror verify --server --repair', 'put right what can be put right'],
        ],
        exits: [
          [0, 'nothing is wrong'],
          [1, 'the mirror is not what the server has now, or a store could not be read'],
          64,
          [65, 'something is damaged'],
          66,
          69,
          74,
          75,
          76,
          77,
          78,
          130,
        ],
      }),
    )
    .action((selects: readonly string[]) =>
      host.run((context) => verify(context, selects, command.opts<VerifyFlags>())),
    )
}

function parseShare(text: string): number {
  const percent = /^\d{1,3}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (percent > 0 && percent <= 100) return percent / 100
  throw new InvalidArgumentError('Expected a percentage above 0, up to 100.')
}

async function verify(context: CommandContext, selects: readonly string[], flags: VerifyFlags): Promise<ExitStatus> {
  const { terminal, options } = context
  const found = await runVerify(context, selects, flags)
  const lines = options.json ? [verifyJson(found)] : verifyPage(found, styleOf(terminal.out))
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  await warnOf(context, found.unreadable)
  return exitOf(found)
}

function exitOf({ damaged, differences, unchecked, unreadable }: Verification): ExitStatus {
  if (damaged.length > 0) return exitStatus.damaged
  if (unreadable.length > 0) return exitStatus.incomplete
  if (differences.length + unchecked.length === 0) return exitStatus.done
  // Accounts that could not be asked at all, for one and the same reason, end as any command does that cannot ask.
  const [code, ...others] = new Set(unchecked.map((one) => one.code))
  const isAlike = differences.length === 0 && others.length === 0 && code !== undefined
  return isAlike ? codeToExitStatus(code) : exitStatus.incomplete
}
