import type { WatchEnd } from '../sync/watch.ts'
import { LineWriter } from './line-writer.ts'
import { safeJson } from './safe-text.ts'
import { styleOf } from './style.ts'
import type { ReporterChoice } from './sync-reporter.ts'
import { failureBlocks } from './sync-summary.ts'
import type { Terminal } from './terminal.ts'
import { watchLineOf, watchTroubleOf } from './watch-lines.ts'
import type { ReportedEvent } from './watch-lines.ts'

/** Follows a watch. */
export interface WatchReporter {
  readonly onEvent: (event: ReportedEvent) => void
  /** Puts the display away and names what no account could get over; undefined: it ended with an error, which others print. */
  finish(end: WatchEnd | undefined): Promise<void>
}

export interface WatchReporterParts {
  readonly monotonicMs: () => number
  /** The user leaves by the screen. */
  readonly onLeave: () => void
  /** Ctrl-C on the screen. */
  readonly onInterrupt: () => void
}

type WatchChoice = Pick<ReporterChoice, 'progress' | 'json' | 'quiet' | 'verbosity'>

/** On a terminal a screen; off it lines, which are its data. Chosen once, here. */
export async function createWatchReporter(
  choice: WatchChoice,
  terminal: Terminal,
  parts: WatchReporterParts,
): Promise<WatchReporter> {
  const { out, err } = terminal
  const tellEnd = async (end: WatchEnd | undefined): Promise<void> => {
    if (end?.reason !== 'hopeless') return
    const finished = { type: 'sync-finished', complete: false, durationMs: 0, accounts: end.accounts } as const
    await err.write(
      failureBlocks(finished)
        .map((line) => `${line}\n`)
        .join(''),
    )
  }
  const toLines = (lineOf: (event: ReportedEvent) => string | undefined, stream = out): WatchReporter => {
    const lines = new LineWriter(stream)
    return {
      onEvent: (event) => {
        const line = lineOf(event)
        if (line !== undefined) lines.write(`${line}\n`)
      },
      finish: async (end) => {
        await lines.done()
        await tellEnd(end)
      },
    }
  }
  if (choice.json || choice.progress === 'json') return toLines((event) => safeJson({ v: 1, ...event }))
  if (choice.quiet)
    return toLines((event) => {
      const line = watchTroubleOf(event)
      return line === undefined ? undefined : `mailmirror: ${line}`
    }, err)
  if (choice.progress === 'none') return toLines(() => undefined)
  const isScreen = choice.progress === 'tty' || (choice.progress === 'auto' && out.isTty)
  if (!isScreen)
    return toLines((event) => watchLineOf(event, choice.verbosity > 1 ? 2 : choice.verbosity === 1 ? 1 : 0))
  const { openWatchScreen } = await import('./watch-screen.tsx')
  const screen = openWatchScreen({ style: styleOf(out), ...parts })
  return {
    onEvent: screen.onEvent,
    finish: async (end) => {
      await screen.close()
      await tellEnd(end)
    },
  }
}
