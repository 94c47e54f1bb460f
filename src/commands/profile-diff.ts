import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { compareRuns } from '../profile/compare-runs.ts'
import { comparisonJson, comparisonPage } from '../ui/profile-diff-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { findRun } from './find-run.ts'

export interface DiffFlags {
  /** Percent that the second run may take longer. */
  readonly failOver?: number
}

/** `profile diff`. */
export async function diffRuns(
  context: CommandContext,
  [before, after]: readonly [number, number],
  { failOver }: DiffFlags,
): Promise<ExitStatus> {
  const comparison = compareRuns(await findRun(context, before), await findRun(context, after))
  const { out } = context.terminal
  const lines = context.options.json
    ? [comparisonJson(comparison)]
    : comparisonPage(comparison, { columns: out.columns, style: styleOf(out) })
  await out.write(lines.map((line) => `${line}\n`).join(''))
  const isSlower = failOver !== undefined && comparison.change * 100 > failOver
  return isSlower ? exitStatus.incomplete : exitStatus.done
}
