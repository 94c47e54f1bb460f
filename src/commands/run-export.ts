import { exportMbox } from '../export/export-mbox.ts'
import type { ExportSummary } from '../export/export-mbox.ts'
import { manifestFormat } from '../export/manifest.ts'
import { meantPlacements } from '../export/meant-placements.ts'
import { planExport } from '../export/plan-export.ts'
import type { ExportSource, Split } from '../export/plan-export.ts'
import type { ExportTarget } from '../export/ports.ts'
import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { Query } from '../model/query.ts'
import { exportReporter } from '../ui/export-page.ts'
import type { CommandContext } from './context.ts'
import { openSomeReaders } from './open-readers.ts'
import type { OpenReaders } from './open-readers.ts'
import { readQuery } from './read-query.ts'
import { searchWarnings } from './search-warnings.ts'
import { storeNames } from './store-names.ts'
import { streamTarget } from './stream-target.ts'

export interface ExportFlags {
  readonly format: 'mbox'
  /** `-`: stdout. */
  readonly output: string
  readonly split?: Split
  readonly replace?: true
  readonly resume?: true
}

/** One export from the command line. */
export async function runExport(context: CommandContext, text: string, flags: ExportFlags): Promise<ExitStatus> {
  refuseContradictions(context, flags)
  const query = await readQuery(context, text)
  using readers = await openSomeReaders(context, await context.loadStores())
  const { sources, pending } = await sourcesOf(readers, query)
  const groups = planExport(sources, { split: flags.split, isMeant: meantPlacements(query) })
  const target = await openTarget(context, text, flags)
  const total = groups.reduce((sum, { parts }) => sum + parts.reduce((own, { ids }) => own + ids.length, 0), 0)
  const reporter = exportReporter(context.options, context.terminal, total)
  const summary = await exportOrAbandon(target, reporter, () =>
    exportMbox({ groups, only: fileName(flags.output), target, signal: context.signal, onMessage: reporter.onMessage }),
  )
  await reporter.finish(summary, flags.output)
  const warnings = searchWarnings([], pending)
  await context.terminal.err.write(warnings.map((line) => `${line}\n`).join(''))
  if (summary.damaged.length > 0) return exitStatus.damaged
  return pending > 0 ? exitStatus.incomplete : exitStatus.done
}

function fileName(path: string): string {
  return path.replace(/^.*[\\/](?=[^\\/])/, '')
}

function refuse(message: string, hint: string): never {
  throw new AppError({ code: 'USAGE', message, hint })
}

function refuseContradictions({ options }: CommandContext, { output, split, replace, resume }: ExportFlags): void {
  if (output !== '-') return
  if (split !== undefined) refuse('--split makes several files, and stdout is one', 'name a folder: --output DIR')
  if (resume === true || replace === true) refuse('what was written to stdout cannot be gone on with', 'name a file')
  if (options.json) refuse('--json and the messages would both go to stdout', 'name a file: --output FILE')
}

/** What is everything is asked of the messages themselves, so that it does not depend on an index; `pending` messages cannot be
 *  found by any other query. */
async function sourcesOf(readers: OpenReaders, query: Query) {
  const names = storeNames(readers.all.map(({ path }) => path))
  const sources: ExportSource[] = []
  let pending = 0
  for (const { path, reader } of readers.all) {
    const exported = await reader.exportReader()
    const name = readers.all.length > 1 ? names.get(path) : undefined
    if (query.kind === 'all' || query.kind === 'anywhere') {
      sources.push({ name, reader: exported, ids: exported.contents(query.kind === 'all' ? 'present' : 'all') })
      continue
    }
    const search = await reader.searchReader()
    const hits = search.search({ query, order: 'date', limit: undefined, accounts: undefined })
    sources.push({ name, reader: exported, ids: hits.map(({ id }) => id).toSorted((left, right) => left - right) })
    pending += search.pending()
  }
  return { sources, pending }
}

async function openTarget(context: CommandContext, text: string, flags: ExportFlags): Promise<ExportTarget> {
  const { format, output, split } = flags
  if (output === '-') return streamTarget(context.terminal.out)
  return context.openExportTarget({
    path: output,
    isFolder: split !== undefined,
    manifest: manifestFormat({ format, query: text, split }),
    replace: flags.replace === true,
    resume: flags.resume === true,
  })
}

async function exportOrAbandon(
  target: ExportTarget,
  reporter: { readonly interrupted: (canResume: boolean) => Promise<void> },
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
