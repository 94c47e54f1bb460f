import { exitStatus } from '../model/exit-status.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { WatchEnd } from '../sync/watch.ts'
import { createWatchReporter } from '../ui/watch-reporter.ts'
import type { CommandContext } from './context.ts'
import type { ReportedEvent } from '../ui/watch-lines.ts'
import { followAccounts } from './follow-accounts.ts'
import type { Followed } from './follow-accounts.ts'
import type { Monitors } from './monitored-sync.ts'
import { profileWhileWatching } from './profile-while-watching.ts'
import { selectAccounts } from './select-accounts.ts'
import { WatchMonitor } from './watch-monitor.ts'
import { syncExitStatus } from './sync-exit-status.ts'

export interface WatchFlags extends Omit<Monitors, 'selects'> {
  /** Milliseconds; `poll` too. */
  readonly every: number
  readonly poll: number
  /** False: nothing is indexed. */
  readonly index?: boolean
}

/** `watch`, from its options to its end. */
export async function runWatch(
  context: CommandContext,
  selects: readonly string[],
  flags: WatchFlags,
): Promise<ExitStatus> {
  const config = await context.loadConfig()
  const selection = selectAccounts(config, selects)
  await context.askPasswords(selection.accounts)
  // Also for `profile top`, and a main thread that hangs.
  const storePaths = selection.accounts.map(({ store }) => store)
  using profiler = await context.createRunProfiler('watched', storePaths)
  const { recorder } = profiler
  const end = new AbortController()
  const stop = (): void => end.abort()
  context.signal.addEventListener('abort', stop)
  if (context.signal.aborted) stop()
  const reporter = await createWatchReporter(context.options, context.terminal, {
    monotonicMs: () => context.clock.monotonicMs(),
    onLeave: stop,
    onInterrupt: () => void process.kill(process.pid, 'SIGINT'),
  })
  const monitors = { ping: flags.ping, metrics: flags.metrics, selects }
  const monitor = new WatchMonitor({ context, monitors, report: reporter.onEvent })
  const report = (event: ReportedEvent): void => {
    monitor.onEvent(event)
    reporter.onEvent(event)
  }
  const following = { config, selection, selects, flags, recorder, end, report }
  const over = new AbortController()
  const profiling = profileWhileWatching(context, { config, selection, recorder, signal: over.signal })
  let followed: Followed | undefined
  try {
    followed = await followAccounts(context, following)
  } catch (error) {
    monitor.failed(error)
    throw error
  } finally {
    await monitor.finish()
    context.signal.removeEventListener('abort', stop)
    over.abort()
    await profiling
    await reporter.finish(followed?.end)
  }
  await context.terminal.err.write(followed.hookLines.map((line) => `${line}\n`).join(''))
  return statusOf(followed.end, context.interruptedWith())
}

/** Whoever leaves by the screen has had what was wanted. */
function statusOf({ reason, accounts }: WatchEnd, interruptedWith: ExitStatus | undefined): ExitStatus {
  if (reason === 'signal') return interruptedWith ?? exitStatus.done
  return syncExitStatus({ type: 'sync-finished', complete: false, durationMs: 0, accounts }, undefined)
}
