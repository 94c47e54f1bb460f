import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { PastMoment } from '../model/change.ts'
import { exportReporter } from '../ui/export-page.ts'
import { goBackAsOf } from './go-back.ts'
import type { CommandContext } from './context.ts'
import { exportIntoFiles, exportIntoTree } from './export-into.ts'
import type { ExportFlags } from './export-into.ts'
import { exportSources } from './export-sources.ts'
import { openSomeReaders } from './open-readers.ts'
import { readQuery } from './read-query.ts'
import { searchWarnings } from './search-warnings.ts'

/** One export from the command line. */
export async function runExport(context: CommandContext, text: string, flags: ExportFlags): Promise<ExitStatus> {
  refuseContradictions(context, flags)
  const query = await readQuery(context, text)
  const config = await context.loadStores()
  using readers = await openSomeReaders(context, config)
  const typed = flags.asOf
  const past = typed === undefined ? [] : await goBackAsOf(context, readers.all.map(({ reader }) => reader), typed) // prettier-ignore
  const { sources, searchers, pending, errors } = await exportSources(config, readers, {
    query,
    isPast: typed !== undefined,
  })
  const total = sources.reduce((sum, { ids }) => sum + ids.length, 0)
  const reporter = exportReporter(context.options, context.terminal, total)
  const plan = { sources, searchers, query, text, flags: { ...flags, ...seqsOf(past) }, reporter }
  const { format } = flags
  const isTree = format === 'maildir' || format === 'eml'
  const summary = await (isTree ? exportIntoTree(context, plan, format) : exportIntoFiles(context, plan))
  await reporter.finish(summary, flags.output)
  const warnings = searchWarnings(errors, pending)
  await context.terminal.err.write(warnings.map((line) => `${line}\n`).join(''))
  if (summary.damaged.some(({ isPruned = false }) => !isPruned)) return exitStatus.damaged
  return pending + summary.damaged.length + errors.length > 0 ? exitStatus.incomplete : exitStatus.done
}

/** Of `7d` another day is another moment: numbers of changes are not. */
function seqsOf(past: readonly PastMoment[]): Pick<ExportFlags, 'asOf'> {
  return past.length === 0 ? {} : { asOf: past.map(({ seq }) => seq).join(' ') }
}

function refuse(message: string, hint: string): never {
  throw new AppError({ code: 'USAGE', message, hint })
}

function refuseContradictions({ options }: CommandContext, flags: ExportFlags): void {
  const { format, output } = flags
  if (format === 'maildir' || format === 'eml') refuseForTree(flags)
  else if (flags.since !== undefined && format === 'mbox')
    refuse('--since adds to a folder, and an mbox is one file', 'use maildir, eml or jsonl')
  if (format !== 'jsonl') refuseForOthers(flags)
  if (flags.since !== undefined) refuseForSince(flags)
  if (flags.statusHeaders === true && format !== 'mbox')
    refuse('--status-headers is for --format mbox', 'leave it away')
  if (output === '-') refuseForStream(options.json, flags)
}

function refuseForSince({ split, replace, asOf }: ExportFlags): void {
  if (split !== undefined || replace === true)
    refuse('--since makes a file for each export', 'leave --split and --replace away')
  if (asOf !== undefined) refuse('--since adds what is new, and --as-of is about the past', 'leave one of them away')
}

/** What only JSON Lines have. */
function refuseForOthers({ rawBase64, text, attachmentData }: ExportFlags): void {
  const given = [
    rawBase64 === true ? '--raw-base64' : undefined,
    text === false ? '--no-text' : undefined,
    attachmentData === true ? '--attachment-data' : undefined,
  ].find((name) => name !== undefined)
  if (given !== undefined) refuse(`${given} is for --format jsonl`, 'leave it away')
}

function refuseForStream(json: boolean, { split, replace, resume, since }: ExportFlags): void {
  if (since !== undefined) refuse('--since adds to a folder, and stdout is none', 'name a folder: --output DIR')
  if (split !== undefined) refuse('--split makes several files, and stdout is one', 'name a folder: --output DIR')
  if (resume === true || replace === true) refuse('what was written to stdout cannot be gone on with', 'name a file')
  if (json) refuse('--json and the messages would both go to stdout', 'name a file: --output FILE')
}

function refuseForTree({ format, output, split, replace }: ExportFlags): void {
  if (output !== '-' && split !== 'year' && replace !== true) return
  refuse(`${format} makes a folder for each mailbox`, 'name a new folder, or an earlier one with --since last')
}
