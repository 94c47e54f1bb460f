import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { foldedText } from '../profile/formats/folded.ts'
import { traceJson } from '../profile/formats/trace.ts'
import type { ProfileRuns, RunSummary, StoredRun } from '../profile/profile-runs.ts'
import { reportOf } from '../profile/report.ts'
import { simulate } from '../profile/simulate.ts'
import { profileJson, profilePage, runLine, runTable, whatIfLines } from '../ui/profile-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'

export interface ReportFlags {
  readonly format?: 'text' | 'json' | 'folded' | 'trace'
  readonly output?: string
  /** After a sync, whose data went to stdout. */
  readonly toStderr?: true
}

export interface WhatIfFlags {
  readonly connections: number
}

/** `profile report`. */
export async function reportRun(
  context: CommandContext,
  id: number | undefined,
  { format = context.options.json ? 'json' : 'text', output, toStderr }: ReportFlags,
): Promise<ExitStatus> {
  const run = await findRun(context, id)
  const stream = toStderr === true ? context.terminal.err : context.terminal.out
  const text = {
    text: () => linesText(profilePage(reportOf(run), { columns: stream.columns, style: styleOf(stream) })),
    json: () => `${profileJson(reportOf(run))}\n`,
    folded: () => foldedText(run.profile),
    trace: () => `${traceJson(run.profile)}\n`,
  }[format]()
  if (output === undefined) await stream.write(text)
  else await context.replaceFile(output, text)
  return exitStatus.done
}

/** `profile list`. */
export async function listRuns(context: CommandContext): Promise<ExitStatus> {
  const { terminal, options } = context
  const all: RunSummary[] = []
  await withRuns(context, (runs) => void all.push(...runs.list()))
  all.sort((one, other) => other.startedAtMs - one.startedAtMs)
  const layout = { columns: terminal.out.columns, style: styleOf(terminal.out) }
  const lines = options.json ? all.map((run) => runLine(run)) : runTable(all, layout)
  await terminal.out.write(linesText(lines))
  return exitStatus.done
}

/** `profile prune`. */
export async function pruneRuns(context: CommandContext, kept: number): Promise<ExitStatus> {
  await withRuns(context, (runs) => void runs.prune(kept))
  return exitStatus.done
}

/** `profile whatif`. */
export async function whatIf(
  context: CommandContext,
  id: number | undefined,
  { connections }: WhatIfFlags,
): Promise<ExitStatus> {
  const { profile } = await findRun(context, id)
  const { commands, lanes, elapsedMicros } = profile
  if (commands.length === 0) throw noSuchRun('the commands of this run are not kept any more')
  const received = commands.reduce((sum, one) => sum + one.receivedOctets, 0)
  // What all connections got together: if that was the limit, more of them get no more.
  const totalRate = received / Math.max(1, elapsedMicros)
  const now = simulate(commands, { connections: Math.max(1, lanes) })
  // What a replay does not explain, logins and the store among them, stays as it was.
  const rest = Math.max(0, elapsedMicros - now)
  const best = rest + simulate(commands, { connections })
  const shared = rest + simulate(commands, { connections, totalRate })
  const worst = Math.max(best, connections > lanes ? Math.min(elapsedMicros, shared) : shared)
  const lines = whatIfLines({ connections, lanes, elapsedMicros, now, best, worst }, context.options)
  await context.terminal.out.write(linesText(lines))
  return exitStatus.done
}

async function findRun(context: CommandContext, id: number | undefined): Promise<StoredRun> {
  const found: StoredRun[] = []
  await withRuns(context, (runs) => {
    const wanted = id ?? runs.list()[0]?.id
    const run = wanted === undefined ? undefined : runs.load(wanted)
    if (run !== undefined) found.push(run)
  })
  const [newest] = found.toSorted((one, other) => other.startedAtMs - one.startedAtMs)
  if (newest !== undefined) return newest
  throw noSuchRun(id === undefined ? 'no run has been recorded yet' : `there is no run ${id}`)
}

/** The runs of each store that has any. */
async function withRuns(context: CommandContext, use: (runs: ProfileRuns) => void): Promise<void> {
  const config = await context.loadStores()
  for (const path of new Set(config.accounts.map(({ store }) => store))) {
    const runs = await context.openProfileRuns(config, path, false)
    try {
      if (runs !== undefined) use(runs)
    } finally {
      runs?.close()
    }
  }
}

function noSuchRun(message: string): AppError {
  return new AppError({
    code: 'NO_SUCH_MESSAGE',
    message,
    hint: '`mailmirror profile list` has those that are kept; a sync records one',
    scope: 'message',
  })
}

function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
