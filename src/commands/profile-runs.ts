import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { flameTree } from '../profile/formats/flame-tree.ts'
import { blameStacks, foldedText, stacksText } from '../profile/formats/folded.ts'
import { speedscopeJson } from '../profile/formats/speedscope.ts'
import { flameSvg } from '../profile/formats/svg.ts'
import { traceJson } from '../profile/formats/trace.ts'
import type { RunSummary, StoredRun } from '../profile/profile-runs.ts'
import { redactRun } from '../profile/redact.ts'
import { reportOf } from '../profile/report.ts'
import type { Samples } from '../profile/sampler.ts'
import { profileJson, profilePage, runLine, runTable } from '../ui/profile-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { findRun, noSuchRun, withRuns } from './find-run.ts'

export interface ReportFlags {
  readonly format?: 'text' | 'json' | 'folded' | 'trace' | 'speedscope' | 'svg'
  readonly output?: string
  readonly redact?: true
  /** After a sync, whose data went to stdout. */
  readonly toStderr?: true
}

/** What the main thread was seen doing in the newest run, if that began after that instant; whether there is one. */
export async function addSamples(context: CommandContext, samples: Samples, sinceMs: number): Promise<boolean> {
  let isAdded = false
  await withRuns(context, (runs) => {
    const [newest] = runs.list()
    if (newest === undefined || newest.startedAtMs < sinceMs) return
    runs.addSamples(newest.id, samples)
    isAdded = true
  })
  return isAdded
}

/** `profile report`. */
export async function reportRun(
  context: CommandContext,
  id: number | undefined,
  { format = context.options.json ? 'json' : 'text', output, redact, toStderr }: ReportFlags,
): Promise<ExitStatus> {
  const found = await findRun(context, id)
  const run = redact === true ? redactRun(found) : found
  const stream = toStderr === true ? context.terminal.err : context.terminal.out
  const text = {
    text: () => linesText(profilePage(reportOf(run), { columns: stream.columns, style: styleOf(stream) })),
    json: () => `${profileJson(reportOf(run))}\n`,
    folded: () => (run.samples === undefined ? foldedText(run.profile) : stacksText(run.samples.stacks)),
    svg: () => pictureOf(run),
    speedscope: () => `${speedscopeOf(run)}\n`,
    trace: () => `${traceJson(run.profile)}\n`,
  }[format]()
  if (output === undefined) await stream.write(text)
  else await context.replaceFile(output, text)
  return exitStatus.done
}

/** What the main thread did, where it was sampled; else where the elapsed time went. */
function pictureOf(run: StoredRun): string {
  const { id, profile, samples } = run
  const name = samples === undefined ? `run ${id}: the elapsed time` : `run ${id}: the main thread`
  // What the loop slept would be most of the picture.
  const awake = new Map([...(samples?.stacks ?? [])].filter(([stack]) => stack !== '(idle)'))
  const tree = flameTree(samples === undefined ? blameStacks(profile) : awake, name)
  const [finding] = reportOf(run).findings
  return flameSvg(tree, { title: finding?.sentence ?? '', width: 1200 })
}

/** Throws NO_SUCH_RUN for a run that was not sampled. */
function speedscopeOf({ id, command, samples }: StoredRun): string {
  if (samples !== undefined) return speedscopeJson(samples.stacks, `run ${id}: ${command}`)
  throw noSuchRun(`run ${id} was not sampled: \`profile -- sync\` does that`)
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

function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
