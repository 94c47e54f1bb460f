import { createHash } from 'node:crypto'
import { homedir, hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import type { Config, SecretSource } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { cronLines, launchdPlist, systemdService, systemdTimer, systemdWatch } from '../ui/schedule-units.ts'
import type { ScheduledSync } from '../ui/schedule-units.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { parseDuration } from './option-parsers.ts'
import { selectAccounts } from './select-accounts.ts'

interface ScheduleFlags {
  readonly print: 'systemd' | 'cron' | 'launchd'
  readonly part?: 'service' | 'timer'
  readonly watch?: true
  /** Milliseconds; `maxTime` too. */
  readonly every: number
  readonly maxTime?: number
}

export function defineSchedule(command: Command, host: CommandHost): void {
  command
    .description(
      'Prints what makes this machine sync by itself, for you to install: nothing is changed. Comments in it say where it goes and how it is switched on. Paths are those of the program as it runs now.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX, as for sync.',
    )
    .addOption(
      new Option('--print <what>', 'for which program')
        .choices(['systemd', 'cron', 'launchd'])
        .makeOptionMandatory(true),
    )
    .addOption(new Option('--part <unit>', 'of systemd, one of the two units').choices(['service', 'timer']))
    .option('--watch', 'for systemd, a service that keeps watching instead')
    .addOption(new Option('--every <duration>', 'how often').argParser(parseDuration).default(15 * 60_000, '15m'))
    .option('--max-time <duration>', 'when a sync ends; nine tenths of --every otherwise', parseDuration)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror schedule --print systemd', 'a service and a timer, every 15 minutes'],
          ['mailmirror schedule --print systemd --part timer', 'one of them, to be sent into a file'],
          ['mailmirror schedule --print systemd --watch', 'a service of `mailmirror watch`'],
          ['mailmirror schedule --print cron --every 1h work', 'a line for `crontab -e`, of one account'],
          ['mailmirror schedule --print launchd', 'for macOS'],
        ],
        exits: [0, 64, 66, 78],
      }),
    )
    .action((selects: readonly string[]) =>
      host.run((context) => printSchedule(context, selects, command.opts<ScheduleFlags>())),
    )
}

async function printSchedule(
  context: CommandContext,
  selects: readonly string[],
  flags: ScheduleFlags,
): Promise<ExitStatus> {
  refuseContradictions(flags)
  const config = await context.loadConfig()
  selectAccounts(config, selects)
  await context.terminal.out.write(textOf(flags, scheduled(config, selects, flags)))
  return exitStatus.done
}

function refuseContradictions({ print, part, watch, maxTime }: ScheduleFlags): void {
  if (part !== undefined && print !== 'systemd') {
    throw new AppError({ code: 'USAGE', message: `--part is for systemd: ${print} has one part` })
  }
  if (watch === undefined) return
  if (print !== 'systemd') throw new AppError({ code: 'USAGE', message: `--watch is for systemd, not for ${print}` })
  if (part !== undefined) throw new AppError({ code: 'USAGE', message: '--watch has one part, so it takes no --part' })
  if (maxTime !== undefined) throw new AppError({ code: 'USAGE', message: '--max-time is for a sync: a watch goes on' })
}

function textOf({ print, part, watch }: ScheduleFlags, sync: ScheduledSync): string {
  if (watch !== undefined) return systemdWatch(sync)
  if (print === 'cron') return cronLines(sync)
  if (print === 'launchd') return launchdPlist(sync)
  if (part === 'service') return systemdService(sync)
  return part === 'timer' ? systemdTimer(sync) : `${systemdService(sync)}\n${systemdTimer(sync)}`
}

function scheduled(config: Config, selects: readonly string[], { every, maxTime }: ScheduleFlags): ScheduledSync {
  const everySeconds = every / 1000
  if (everySeconds % 60 !== 0) {
    throw new AppError({ code: 'USAGE', message: '--every takes whole minutes', hint: 'such as 5m, 15m or 1h' })
  }
  const sources = config.accounts.flatMap(({ imap, smtp }) => [imap.password, smtp?.password])
  return {
    program: [process.execPath, resolve(process.argv[1] ?? '')],
    config: config.path,
    selects,
    everySeconds,
    maxSeconds: Math.max(1, Math.floor((maxTime ?? every * 0.9) / 1000)),
    home: homedir(),
    offset: createHash('sha256').update(`${userInfo().username}@${hostname()}`).digest().readUInt32BE(0),
    credentials: namesOf(sources, 'credential'),
    variables: namesOf(sources, 'env'),
  }
}

/** What the sources of a kind are called, each once. */
function namesOf(sources: readonly (SecretSource | undefined)[], wanted: string): readonly string[] {
  const names = sources.flatMap((source) => {
    const kind: string | undefined = source?.kind
    return source !== undefined && kind === wanted && 'name' in source ? [source.name] : []
  })
  return [...new Set(names)]
}
