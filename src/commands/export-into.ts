import { exportFiles } from '../export/export-files.ts'
import type { ExportSummary } from '../export/export-files.ts'
import { exportTree } from '../export/export-tree.ts'
import { manifestFormat } from '../export/manifest.ts'
import { meantPlacements } from '../export/meant-placements.ts'
import { mboxFormat } from '../export/mboxrd.ts'
import { placesOf, planExport } from '../export/plan-export.ts'
import type { ExportSource, Split } from '../export/plan-export.ts'
import type { ExportReader, ExportTarget } from '../export/ports.ts'
import type { Query } from '../model/query.ts'
import type { SearchReader } from '../search/search-reader.ts'
import type { ExportReporter } from '../ui/export-page.ts'
import type { CommandContext } from './context.ts'
import { jsonFormat } from './export-json-format.ts'
import { fileName, openTarget, pastOf, withoutPlaced } from './open-export-target.ts'

export interface ExportFlags {
  readonly format: 'mbox' | 'maildir' | 'eml' | 'jsonl'
  /** `-`: stdout. */
  readonly output: string
  readonly split?: Split
  readonly replace?: true
  readonly resume?: true
  readonly since?: 'last'
  readonly rawBase64?: true
  /** False: without text and HTML. */
  readonly text?: boolean
  readonly attachmentData?: true
  readonly statusHeaders?: true
  readonly asOf?: string
}

export interface ExportPlan {
  readonly sources: readonly ExportSource[]
  readonly searchers: ReadonlyMap<ExportReader, SearchReader>
  readonly query: Query
  /** The same as typed. */
  readonly text: string
  readonly flags: ExportFlags
  readonly reporter: ExportReporter
}

/** Into one file, or a few. */
export async function exportIntoFiles(context: CommandContext, plan: ExportPlan): Promise<ExportSummary> {
  const { sources, query, flags, reporter } = plan
  const target = await openTarget(context, plan)
  const { placed, files } = target.earlier
  const wanted = flags.since === undefined ? sources : withoutPlaced(sources, placed)
  const planned = planExport(wanted, { split: flags.split, isMeant: meantPlacements(query) })
  // A night without news has no file.
  const isNothing = flags.since !== undefined && wanted.every(({ ids }) => ids.length === 0)
  const groups = isNothing ? [] : planned
  const format =
    flags.format === 'jsonl'
      ? await jsonFormat(context, plan)
      : mboxFormat({ withStatus: flags.statusHeaders === true })
  const only = flags.since === undefined ? fileName(flags.output) : `${String(files + 1).padStart(6, '0')}.jsonl`
  const { onMessage } = reporter
  return exportOrAbandon(target, reporter, () =>
    exportFiles({ format, groups, only, target, signal: context.signal, onMessage }),
  )
}

/** Into a file for each message. */
export async function exportIntoTree(
  context: CommandContext,
  { sources, query, text, flags, reporter }: ExportPlan,
  format: 'maildir' | 'eml',
): Promise<ExportSummary> {
  const isMeant = meantPlacements(query)
  const mailboxes = placesOf(sources, { isMeant })
  const tree = await context.exports.tree({
    path: flags.output,
    manifest: manifestFormat({ format, query: text, split: undefined, options: pastOf(flags) }),
    resume: flags.resume === true,
    since: flags.since !== undefined,
  })
  const { onMessage } = reporter
  return exportOrAbandon(tree, reporter, () =>
    exportTree({ format, mailboxes, isMeant, tree, signal: context.signal, onMessage }),
  )
}

async function exportOrAbandon(
  target: Pick<ExportTarget, 'abandon' | 'canResume'>,
  reporter: ExportReporter,
  work: () => Promise<ExportSummary>,
): Promise<ExportSummary> {
  try {
    return await work()
  } catch (error) {
    await target.abandon()
    await reporter.interrupted(target.canResume)
    throw error
  }
}
