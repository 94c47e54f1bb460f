import { Option } from 'commander'
import type { Command } from 'commander'
import type { CommandHost } from './context.ts'
import { helpText } from './help-text.ts'
import { parseDuration, wholeNumber } from './option-parsers.ts'
import { diffRuns } from './profile-diff.ts'
import type { DiffFlags } from './profile-diff.ts'
import { profileFileFormats } from './render-profile.ts'
import { reportRun } from './report-run.ts'
import type { ReportFlags } from './report-run.ts'
import { whatIf } from './profile-what-if.ts'
import type { WhatIfFlags } from './profile-what-if.ts'

/** `profile report` and `profile whatif`. */
export function defineReport(command: Command, host: CommandHost): void {
  const report = command
    .command('report')
    .argument('[run]', 'its number (default: the last)', wholeNumber(1, 1_000_000_000))
    .summary('why a run took as long as it did')
    .description(
      'The first line says what the run suffered from and what to do; then where the time went, and how long servers took to answer.\n\nWhat our own CPU did: folded (for FlameGraph), cpuprofile (for the DevTools of browsers), speedscope, pprof (for `go tool pprof`), svg, a flame graph, and html, one with a timeline of the connections to search and zoom in. Runs are sampled once they have taken 10 s of CPU, and from the start and more closely by `profile -- sync`. What each connection did: trace, for Perfetto or chrome://tracing.',
    )
    .addOption(new Option('--format <format>', 'how it is written').choices(['text', 'json', ...profileFileFormats]))
    .option('--output <file>', 'into a file instead of to stdout')
    .option('--since <duration>', 'only what happened later than that after its start, such as 10s', parseDuration)
    .option('--until <duration>', 'only what happened before', parseDuration)
    .option('--account <name>', 'only that account')
    .option('--thread <name>', 'only samples of that thread: main, writer, indexer, parser')
    .option('--redact', 'without names of accounts and mailboxes, to be shown to others')
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror profile report', 'of the last run'],
          ['mailmirror profile report --format html --output run.html', 'for a browser'],
          ['mailmirror profile report 12 --format trace --output run.json', 'for Perfetto'],
          ['mailmirror profile report --since 10s --until 40s --account work', 'a part of it'],
        ],
        exits: [0, 64, [66, 'no such run'], 74, 78],
      }),
    )
  report.action((run: number | undefined) => host.run((context) => reportRun(context, run, report.opts<ReportFlags>())))
  const whatif = command
    .command('whatif')
    .argument('[run]', 'its number (default: the last)', wholeNumber(1, 1_000_000_000))
    .summary('how long it would take with other connections or batches')
    .description(
      'Replays the commands of a run over another number of connections, or with another number of messages to a command. If each connection had its own bandwidth or all shared what they had, is told by another run of the same command with more or fewer of them; without one, the truth lies in between.',
    )
    .option('--connections <n>', 'how many', wholeNumber(1, 100))
    .option('--batch <n>', 'messages to a command', wholeNumber(1, 100_000))
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror profile whatif --connections 8', 'of the last run'],
          ['mailmirror profile whatif 12 --batch 200', 'with smaller batches'],
        ],
        exits: [0, 64, 66, 74, 78],
      }),
    )
  whatif.action((run: number | undefined) => host.run((context) => whatIf(context, run, whatif.opts<WhatIfFlags>())))
}

/** `profile diff`. */
export function defineDiff(command: Command, host: CommandHost): void {
  const number = wholeNumber(1, 1_000_000_000)
  const diff = command
    .command('diff')
    .argument('<before>', 'number of a run', number)
    .argument('<after>', 'of another', number)
    .summary('what changed from one run to another')
    .description(
      'Says how much longer or shorter the second run took, and where; and what the main thread did, if both were sampled.',
    )
    .addOption(new Option('--format <format>', 'how it is written').choices(['text', 'json', 'html']))
    .option('--output <file>', 'into a file instead of to stdout')
    .option('--fail-over <percent>', 'end with 1 if it took longer by more', wholeNumber(0, 10_000))
    .addHelpText(
      'after',
      helpText({
        examples: [
          ['mailmirror profile diff 3 4', 'what made the difference'],
          ['mailmirror profile diff 3 4 --fail-over 10', 'for scripts'],
        ],
        exits: [0, [1, 'slower by more than --fail-over'], 64, [66, 'no such run'], 74, 78],
      }),
    )
  diff.action((before: number, after: number) =>
    host.run((context) => diffRuns(context, [before, after], diff.opts<DiffFlags>())),
  )
}
