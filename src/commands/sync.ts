import { Option } from 'commander'
import type { Command } from 'commander'
import type { ExitStatus } from '../model/exit-status.ts'
import type { OnSyncEvent } from '../sync/events.ts'
import { safeText } from '../ui/safe-text.ts'
import { createSyncReporter } from '../ui/sync-reporter.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { monitoredSync } from './monitored-sync.ts'
import type { Monitors } from './monitored-sync.ts'
import { parseDuration } from './option-parsers.ts'
import { parsePingUrl } from './ping.ts'
import { runSync } from './run-sync.ts'
import type { SyncFlags } from './sync-flags.ts'
import { noSuchMailbox, selectAccounts } from './select-accounts.ts'
import { plannedResult, syncExitStatus } from './sync-exit-status.ts'

/** As the parser hands them over: `--wait` alone is true. */
type RawSyncFlags = Omit<SyncFlags, 'wait'> & { readonly wait?: number | true }

function toFlags({ wait, ...flags }: RawSyncFlags): SyncFlags {
  return wait === undefined ? flags : { ...flags, wait: wait === true ? Infinity : wait }
}

export function defineSync(command: Command, host: CommandHost): void {
  command
    .description(
      'Mirrors accounts into their stores: fetches what is new, notes what has changed, and keeps what the server has removed. Never writes to a server. Interrupting is safe: the next run goes on.\n\nSELECT is ACCOUNT or ACCOUNT/MAILBOX; * stands for anything in the mailbox part. Without it, all accounts are mirrored.',
    )
    .option('--dry-run', 'print the plan; fetch and write nothing')
    .option('--full', 'compare everything, whatever earlier runs have noted')
    .option('--accept-removals', 'believe a server that has lost much of a mailbox')
    .option('--no-index', 'leave the index for searching as it is; `reindex` or a later sync goes on')
    .option('--no-profile', 'keep no record of where the time went')
    .option('--max-time <duration>', 'end after this time, such as 90s, 10m or 2h', parseDuration)
    .option('--wait [duration]', 'wait for another sync of the store to end', parseDuration)
    .addOption(
      new Option('--ping <url>', 'tell a health check how it goes: URL/start, then URL or URL/fail')
        .argParser(parsePingUrl)
        .conflicts('dryRun'),
    )
    .addOption(
      new Option('--metrics <file>', 'write numbers for Prometheus (node_exporter, textfile)').conflicts('dryRun'),
    )
    .option('--record <file>', 'write what the server said, without names and content, for a bug report')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror sync', 'all accounts'],
          ["mailmirror sync work 'personal/Archive/*'", 'an account, and some mailboxes of another'],
          ['mailmirror sync -q --max-time 50m', 'for an hourly cron job: says nothing unless it fails'],
          ['mailmirror sync -q --ping https://hc.example.org/ping/1234', 'a monitor notices when none succeeds'],
          ['mailmirror sync --json | tail -n 1 | jq .complete', 'the result, for scripts'],
        ],
        exits: [
          0,
          [1, 'something is missing or failed, or accounts ended differently'],
          64,
          66,
          69,
          70,
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
      host.run((context) => {
        const { ping, metrics, ...flags } = command.opts<RawSyncFlags & Omit<Monitors, 'selects'>>()
        return monitoredSync(context, { ping, metrics, selects }, (onEvent) =>
          sync(context, selects, { ...toFlags(flags), onEvent }),
        )
      }),
    )
}

export async function sync(context: CommandContext, selects: readonly string[], flags: SyncFlags): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const selection = selectAccounts(config, selects)
  await context.askPasswords(selection.accounts)
  const reporter = await createSyncReporter(
    { ...context.options, isDryRun: flags.dryRun ?? false, notes: context.environmentNotes },
    context.terminal,
    () => context.clock.monotonicMs(),
  )
  const onEvent: OnSyncEvent = (event) => {
    flags.onEvent?.(event)
    reporter.onEvent(event)
  }
  const run = { config, selection, flags, onEvent }
  const result = await runSync(context, run).catch(async (error: unknown) => {
    await reporter.finish(undefined)
    throw error
  })
  const finished = flags.dryRun === true ? plannedResult(result.finished) : result.finished
  const status = syncExitStatus(finished, context.interruptedWith())
  await reporter.finish({ result: finished, status })
  await context.terminal.err.write(result.hookLines.map((line) => `${line}\n`).join(''))
  if (result.recordTrouble !== undefined) {
    const text = `mailmirror: the transcript breaks off: ${safeText(result.recordTrouble)}; the sync itself went on\n`
    await context.terminal.err.write(text)
  }
  if (result.missing.length > 0) throw noSuchMailbox(result.missing, 'on the server')
  return status
}
