import type { Command } from 'commander'
import { isWell } from '../doctor/finding.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { doctorJson, doctorPage } from '../ui/doctor-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { runDoctor } from './run-doctor.ts'
import type { DoctorFlags } from './run-doctor.ts'

export function defineDoctor(command: Command, host: CommandHost): void {
  command
    .description(
      'Checks everything that a sync needs, and says what to type where something is wrong: program, config, modes, disk, store, index, lock; then for each account the last sync, the password, name, TLS and login of its server, and what the server offers.\n\nOnce in 30 days it also finds out what the server of an account does not keep (short SEARCH answers, a wrong UIDNEXT, broken CONDSTORE or QRESYNC, how many connections it bears) and remembers it in the store: syncs then do without. Changes nothing else, and never anything on a server.',
    )
    .option('--probe', 'find out again what the servers do not keep')
    .option('--offline', 'ask no server')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror doctor', 'the machine, all stores, all accounts'],
          ['mailmirror doctor work -v', 'one account, with all that was found'],
          ['mailmirror doctor --offline', 'what can be told without a network'],
          ['mailmirror doctor --json | jq \'.checks[] | select(.state == "bad")\'', 'for scripts'],
        ],
        exits: [
          [0, 'nothing has to be mended'],
          [1, 'something has to be mended'],
          64,
          66,
          [78, 'there is no config'],
          130,
        ],
      }),
    )
    .action((account: string | undefined) =>
      host.run((context) => doctor(context, account, command.opts<DoctorFlags>())),
    )
}

async function doctor(context: CommandContext, name: string | undefined, flags: DoctorFlags): Promise<ExitStatus> {
  const { terminal, options } = context
  const { groups, isUnconfigured, hasUnicode } = await runDoctor(context, name, flags)
  const { verbosity, quiet } = options
  const form = { width: terminal.out.columns, style: styleOf(terminal.out), hasUnicode, verbosity, quiet }
  const lines = options.json ? [doctorJson(groups)] : doctorPage(groups, form)
  await terminal.out.write(lines.map((line) => `${line}\n`).join(''))
  if (isUnconfigured) return exitStatus.configuration
  return isWell(groups) ? exitStatus.done : exitStatus.incomplete
}
