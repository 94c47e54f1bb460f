import { AppError } from '../model/errors.ts'
import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { cutRun } from '../profile/cut-run.ts'
import { redactRun } from '../profile/redact.ts'
import type { StoredRun } from '../profile/profile-runs.ts'
import { reportOf } from '../profile/report.ts'
import { readStalls, stallPathOf } from '../profile/stall-log.ts'
import type { StallRecord } from '../profile/stall-log.ts'
import { profileJson, profilePage } from '../ui/profile-page.ts'
import { styleOf } from '../ui/style.ts'
import type { CommandContext } from './context.ts'
import { findRun, noSuchRun } from './find-run.ts'
import { renderFile } from './render-profile.ts'
import type { ProfileFileFormat } from './render-profile.ts'

export interface ReportFlags {
  readonly format?: 'text' | 'json' | ProfileFileFormat
  readonly output?: string
  readonly redact?: true
  /** Milliseconds after the run began. */
  readonly since?: number
  readonly until?: number
  readonly account?: string
  readonly thread?: string
  /** After a sync, whose data went to stdout. */
  readonly toStderr?: true
}

/** `profile report`. */
export async function reportRun(
  context: CommandContext,
  id: number | undefined,
  flags: ReportFlags,
): Promise<ExitStatus> {
  const { format = context.options.json ? 'json' : 'text', output } = flags
  const part = cutOf(await findRun(context, id), flags)
  const run = flags.redact === true ? redactRun(part) : part
  const stream = flags.toStderr === true ? context.terminal.err : context.terminal.out
  if (format === 'pprof' && output === undefined && stream.isTty) throw notForTerminals()
  const stalls = flags.redact === true ? [] : await stallsOf(context)
  const content = contentOf({ run, stalls }, format, { columns: stream.columns, style: styleOf(stream) })
  if (output === undefined) await stream.write(content)
  else await context.replaceFile(output, content)
  return exitStatus.done
}

function cutOf(run: StoredRun, { since, until, account, thread }: ReportFlags): StoredRun {
  const known = [...run.profile.sums, ...run.profile.commands].some((row) => row.account === account)
  if (account !== undefined && !known) throw noSuchRun(`run ${run.id} has no account "${account}"`)
  const cut = { account, thread, from: micros(since), until: micros(until) }
  if ((cut.from ?? 0) >= Math.min(cut.until ?? Infinity, run.profile.elapsedMicros)) {
    const seconds = (run.profile.elapsedMicros / 1e6).toFixed(1)
    throw new AppError({ code: 'USAGE', message: `nothing of run ${run.id} is in that range: it took ${seconds} s` })
  }
  return cutRun(run, cut)
}

const micros = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : milliseconds * 1000

/** Those of all stores. */
async function stallsOf(context: CommandContext): Promise<readonly StallRecord[]> {
  const { accounts } = await context.loadStores()
  return [...new Set(accounts.map(({ store }) => stallPathOf(store)))].flatMap((path) => readStalls(path))
}

interface Reported {
  readonly run: StoredRun
  readonly stalls: readonly StallRecord[]
}

function contentOf(
  { run, stalls }: Reported,
  format: NonNullable<ReportFlags['format']>,
  layout: Parameters<typeof profilePage>[1],
): string | Uint8Array {
  if (format === 'json') return `${profileJson(reportOf(run, stalls))}\n`
  if (format !== 'text') return renderFile(run, format)
  return profilePage(reportOf(run, stalls), layout)
    .map((line) => `${line}\n`)
    .join('')
}

function notForTerminals(): AppError {
  return new AppError({
    code: 'USAGE',
    message: 'pprof is no text',
    hint: '`--output run.pb.gz`, or send it to another program',
  })
}
