import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { OnSyncEvent, SyncEvent, SyncFinished } from '../sync/events.ts'
import { errorJson } from './error-report.ts'
import { LineWriter } from './line-writer.ts'
import { planPage } from './plan-page.ts'
import type { PlannedMailbox } from './plan-page.ts'
import { safeJson, safeText } from './safe-text.ts'
import { styleOf } from './style.ts'
import { lineOf } from './sync-lines.ts'
import type { Detail } from './sync-lines.ts'
import { reduce, startOfSync } from './sync-progress.ts'
import { render } from './sync-screen.ts'
import { endReport, failureBlocks, summaryLine, summaryLines } from './sync-summary.ts'
import type { OutputStream, Terminal } from './terminal.ts'

export type ProgressChoice = 'auto' | 'tty' | 'plain' | 'json' | 'none'

export interface ReporterChoice {
  readonly progress: ProgressChoice
  readonly json: boolean
  readonly quiet: boolean
  /** How many times -v was given. */
  readonly verbosity: number
  readonly isDryRun: boolean
  /** What is worth knowing of the environment; told with -v. */
  readonly notes: readonly string[]
}

export interface SyncEnd {
  readonly result: SyncFinished
  readonly status: ExitStatus
}

/** Follows one run. */
export interface SyncReporter {
  readonly onEvent: OnSyncEvent
  /** Puts the display away and says how the run ended; undefined: it ended with an error, which others print. */
  finish(end: SyncEnd | undefined): Promise<void>
}

type Mode = 'tty' | 'plain' | 'json' | 'none'

/** @internal Exported for its test. */
export function chooseMode(
  choice: Pick<ReporterChoice, 'progress' | 'json' | 'quiet' | 'verbosity'>,
  redraws: boolean,
): Mode {
  if (choice.json || choice.progress === 'json') return 'json'
  if (choice.quiet || choice.progress === 'none') return 'none'
  if (choice.progress !== 'auto') return choice.progress
  if (redraws) return 'tty'
  return choice.verbosity > 0 ? 'plain' : 'none'
}

/** Where the engine's facts become words. Chosen once, here. */
export async function createSyncReporter(
  choice: ReporterChoice,
  terminal: Terminal,
  monotonicMs: () => number,
): Promise<SyncReporter> {
  const { err } = terminal
  const detail = detailOf(choice.verbosity)
  const mode = chooseMode(choice, err.redraws)
  if (mode === 'json') return jsonReporter(terminal)
  if (choice.verbosity > 0) await err.write(textOf(choice.notes.map((note) => `mailmirror: ${safeText(note)}`)))
  if (choice.isDryRun) return planReporter(terminal)
  if (mode === 'tty') return terminalReporter({ err, monotonicMs, detail, isVerbose: choice.verbosity > 0 })
  return mode === 'plain' ? plainReporter(err, detail) : silentReporter(err, choice.quiet)
}

/** `--progress=plain` alone is detail 0; `-v` is 1; more is all. */
function detailOf(verbosity: number): Detail {
  if (verbosity === 0) return 0
  return verbosity === 1 ? 1 : 2
}

function jsonReporter({ out, err }: Terminal): SyncReporter {
  const lines = new LineWriter(out)
  return {
    onEvent: (event) => lines.write(`${safeJson({ v: 1, ...event })}\n`),
    finish: async (end) => {
      const isRead = await lines.done()
      if (!isRead || end === undefined || end.status === exitStatus.done) return
      await err.write(textOf([...failureBlocks(end.result), errorJson(endReport(end))]))
    },
  }
}

function plainReporter(err: OutputStream, detail: Detail): SyncReporter {
  const lines = new LineWriter(err)
  return {
    onEvent: (event) => {
      const line = lineOf(event, detail)
      if (line !== undefined) lines.write(`${line}\n`)
    },
    finish: async (end) => {
      await lines.done()
      if (end !== undefined) await err.write(textOf([summaryLine(end.result), ...failureBlocks(end.result)]))
    },
  }
}

function silentReporter(err: OutputStream, quiet: boolean): SyncReporter {
  return {
    onEvent: () => undefined,
    finish: async (end) => {
      if (end === undefined) return
      const summary = quiet || !end.result.complete ? [] : [summaryLine(end.result)]
      await err.write(textOf([...summary, ...failureBlocks(end.result)]))
    },
  }
}

/** A dry run is asked for its plan, and for nothing else: that is data. */
function planReporter({ out, err }: Terminal): SyncReporter {
  const plans: PlannedMailbox[] = []
  return {
    onEvent: (event) => {
      if (event.type === 'mailbox-planned') plans.push(event)
    },
    finish: async (end) => {
      if (end === undefined) return
      await out.write(textOf(planPage(plans, out.columns, styleOf(out))))
      await err.write(textOf(failureBlocks(end.result)))
    },
  }
}

interface TerminalReporterOptions {
  readonly err: OutputStream
  readonly monotonicMs: () => number
  readonly detail: Detail
  readonly isVerbose: boolean
}

async function terminalReporter(options: TerminalReporterOptions): Promise<SyncReporter> {
  const { err, monotonicMs, detail, isVerbose } = options
  const { ProgressBars } = await import('./progress-bars.ts')
  let state = startOfSync(monotonicMs())
  let pending: SyncEvent[] = []
  const bars = new ProgressBars(err, () => {
    const nowMs = monotonicMs()
    state = reduce(state, pending, nowMs)
    pending = []
    return render(state, err.columns, nowMs)
  })
  return {
    onEvent: (event) => {
      pending.push(event)
      const line = isVerbose ? lineOf(event, detail) : undefined
      if (line !== undefined) bars.log(line)
    },
    finish: async (end) => {
      await bars.stop()
      if (end === undefined) return
      await err.write(textOf([...summaryLines(end.result, err.columns), ...failureBlocks(end.result)]))
    },
  }
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
