import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { RunSummary } from '../profile/profile-runs.ts'
import { runLine, runTable } from '../ui/profile-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { withRuns } from './find-run.ts'

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
