import { AppError, messageOf } from '../model/errors.ts'
import { codeToExitStatus, exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import { formatCount } from './format-count.ts'
import { safeJson, safeLines } from './safe-text.ts'

/** An error as people and scripts get to see it. */
export interface ErrorReport {
  /** The code of an AppError, or INTERNAL for a bug of ours. */
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly stack: string | undefined
  readonly exit: ExitStatus
}

export function reportOf(error: unknown): ErrorReport {
  const stack = error instanceof Error ? stackOf(error) : undefined
  if (error instanceof AppError) {
    const { code, message, hint } = error
    return { code, message, hint, stack, exit: codeToExitStatus(code) }
  }
  return {
    code: 'INTERNAL',
    message: `this is a bug in mailmirror: ${messageOf(error)}`,
    hint: 'the mirror is as it was after the last commit; please report this with the output of the same command and --debug',
    stack,
    exit: exitStatus.bug,
  }
}

function stackOf(error: Error): string {
  const causes: string[] = [error.stack ?? error.message]
  let cause = error.cause
  while (cause instanceof Error && causes.length < 8) {
    causes.push(`caused by ${cause.stack ?? cause.message}`)
    cause = cause.cause
  }
  return causes.join('\n')
}

/** What is written to stderr, ending in a line break. Never more than the first line of what an error says under
 *  `mailmirror:`; further lines follow indented. */
export function errorText(
  report: ErrorReport,
  { json, debug }: { readonly json: boolean; readonly debug: boolean },
): string {
  const lines = [...blockOf(report.message, report.hint)]
  if (debug && report.stack !== undefined) lines.push(...safeLines(report.stack))
  if (json) lines.push(errorJson(report))
  return lines.map((line) => `${line}\n`).join('')
}

/** `mailmirror: MESSAGE`, and the hint indented below it. */
export function blockOf(message: string, hint: string | undefined): readonly string[] {
  const [first = '', ...rest] = safeLines(message)
  const further = [...rest, ...(hint === undefined ? [] : safeLines(hint.trimEnd()))]
  return [`mailmirror: ${first}`, ...further.map((line) => `  ${line}`.trimEnd())]
}

/** Of many troubles so many are named, unless more is asked for. */
const mostNamed = 50

/** A block for each of many troubles, and how many are not named. */
export function blocksOf(
  messages: readonly string[],
  { verbosity }: { readonly verbosity: number },
): readonly string[] {
  const shown = verbosity > 0 ? messages : messages.slice(0, mostNamed)
  const more = messages.length - shown.length
  return [
    ...shown.flatMap((message) => blockOf(message, undefined)),
    ...(more > 0 ? [`mailmirror: ${formatCount(more)} more (-v names them)`] : []),
  ]
}

/** The line with which a failed command ends stderr under `--json`. */
export function errorJson({ code, message, hint, exit }: ErrorReport): string {
  return safeJson({ v: 1, error: { code, message, hint }, exit })
}
