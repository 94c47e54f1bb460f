import { Command, Option } from 'commander'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { CommandContext, CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { wholeNumber } from './option-parsers.ts'
import { addSamples, listRuns, pruneRuns, reportRun } from './profile-runs.ts'
import type { ReportFlags } from './profile-runs.ts'
import { whatIf } from './profile-what-if.ts'
import type { WhatIfFlags } from './profile-what-if.ts'
import { defineSync } from './sync.ts'

/** Of the main thread, under `profile -- sync`. */
const sampledEveryMicros = 1000

export function defineProfile(command: Command, host: CommandHost): void {
  command
    .description(
      'Says why a sync is slow, and what to do about it. Every sync records what its connections waited for; nothing of a message is ever recorded.\n\n`profile -- sync …` runs a sync and then reports on it.',
    )
    .usage('[options] <command>, or: profile -- sync ...')
    .argument('[words...]')
    .helpCommand(false)
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror profile -- sync work', 'a sync, and what it waited for'],
          ['mailmirror profile report', 'the last one'],
          ['mailmirror profile list', 'all that are kept'],
          ['mailmirror profile whatif --connections 8', 'how long it would take'],
        ],
        exits: [[0, 'done; of `profile -- sync` that of the sync'], 64, 66, 74, 78],
      }),
    )
    .action((words: readonly string[]) => host.run((context) => profileSync(context, words)))
  defineReport(command, host)
  command
    .command('list')
    .summary('the runs that are kept')
    .description('Lists the runs that are kept, the newest first, each with what it suffered from.')
    .addHelpText('after', helpText({ examples: [['mailmirror profile list', 'the last 50']], exits: [0, 64, 74, 78] }))
    .action(() => host.run(listRuns))
  const prune = command
    .command('prune')
    .summary('forget old runs')
    .description('Forgets all runs but the newest. A sync does this by itself for all but 50.')
    .option('--keep <n>', 'how many stay', wholeNumber(0, 1000), 0)
    .addHelpText('after', helpText({ examples: [['mailmirror profile prune', 'all']], exits: [0, 64, 74, 78] }))
  prune.action(() => host.run((context) => pruneRuns(context, prune.opts<{ readonly keep?: number }>().keep ?? 0)))
}

function defineReport(command: Command, host: CommandHost): void {
  const report = command
    .command('report')
    .argument('[run]', 'its number (default: the last)', wholeNumber(1, 1_000_000_000))
    .summary('why a run took as long as it did')
    .description(
      'The first line says what the run suffered from and what to do; then where the time went, and how long servers took to answer.\n\nfolded (for FlameGraph) and speedscope tell what our own CPU did, if it was sampled, as `profile -- sync` does; trace, for Perfetto or chrome://tracing, what each connection did.',
    )
    .addOption(
      new Option('--format <format>', 'how it is written').choices(['text', 'json', 'folded', 'speedscope', 'trace']),
    )
    .option('--output <file>', 'into a file instead of to stdout')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror profile report', 'of the last run'],
          ['mailmirror profile report 12 --format trace --output run.json', 'for Perfetto'],
        ],
        exits: [0, 64, [66, 'no such run'], 74, 78],
      }),
    )
  report.action((run: number | undefined) => host.run((context) => reportRun(context, run, report.opts<ReportFlags>())))
  const whatif = command
    .command('whatif')
    .argument('[run]', 'its number (default: the last)', wholeNumber(1, 1_000_000_000))
    .summary('how long it would take with more connections')
    .description(
      'Replays the commands of a run over another number of connections: as if each had the bandwidth that it had, and as if all shared what they had together. The truth lies in between.',
    )
    .requiredOption('--connections <n>', 'how many', wholeNumber(1, 100))
    .addHelpText(
      'after',
      helpText({
        examples: [['mailmirror profile whatif --connections 8', 'of the last run']],
        exits: [0, 64, 66, 74, 78],
      }),
    )
  whatif.action((run: number | undefined) => host.run((context) => whatIf(context, run, whatif.opts<WhatIfFlags>())))
}

/** The sync's own status and output; the report follows on stderr. */
async function profileSync(context: CommandContext, words: readonly string[]): Promise<ExitStatus> {
  if (words[0] !== 'sync') {
    throw new AppError({
      code: 'USAGE',
      message: words.length === 0 ? 'profile needs a command' : `profile does not know "${words.join(' ')}"`,
      hint: '`profile report`, `profile list`, or `profile -- sync`',
    })
  }
  let status: ExitStatus = exitStatus.done
  const inner = new Command('sync').argument('[select...]').exitOverride()
  defineSync(inner, { run: async (action) => void (status = await action(context)) })
  const { Sampler } = await import('../profile/sampler.ts')
  const sinceMs = context.nowMs()
  const sampler = new Sampler(sampledEveryMicros)
  try {
    await inner.parseAsync(words.slice(1), { from: 'user' })
  } finally {
    await addSamples(context, sampler.stop(), sinceMs)
  }
  await reportRun(context, undefined, { toStderr: true })
  return status
}
