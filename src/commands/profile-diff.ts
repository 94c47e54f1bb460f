import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { compareRuns } from '../profile/compare-runs.ts'
import type { RunComparison } from '../profile/compare-runs.ts'
import { comparisonJson, comparisonPage } from '../ui/profile-diff-page.ts'
import { styleOf } from '../ui/style.ts'
import type { OutputStream } from '../ui/terminal.ts'
import type { CommandContext } from './context.ts'
import { findRun } from './find-run.ts'
import { htmlOf } from './render-profile.ts'

export interface DiffFlags {
  /** Percent that the second run may take longer. */
  readonly failOver?: number
  readonly format?: 'text' | 'json' | 'html'
  readonly output?: string
}

/** `profile diff`. */
export async function diffRuns(
  context: CommandContext,
  [before, after]: readonly [number, number],
  flags: DiffFlags,
): Promise<ExitStatus> {
  const comparison = compareRuns(await findRun(context, before), await findRun(context, after))
  const { out } = context.terminal
  const content = contentOf(comparison, flags.format ?? (context.options.json ? 'json' : 'text'), out)
  if (flags.output === undefined) await out.write(content)
  else await context.replaceFile(flags.output, content)
  const isSlower = flags.failOver !== undefined && comparison.change * 100 > flags.failOver
  return isSlower ? exitStatus.incomplete : exitStatus.done
}

function contentOf(comparison: RunComparison, format: NonNullable<DiffFlags['format']>, out: OutputStream): string {
  const { before, after, sentence } = comparison
  if (format === 'html') return htmlOf(after, { run: before, sentence })
  if (format === 'json') return `${comparisonJson(comparison)}\n`
  return comparisonPage(comparison, { columns: out.columns, style: styleOf(out) })
    .map((line) => `${line}\n`)
    .join('')
}
