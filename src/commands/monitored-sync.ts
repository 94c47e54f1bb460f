import { messageOf } from '../model/errors.ts'
import type { ExitStatus } from '../model/exit-status.ts'
import type { OnSyncEvent } from '../sync/events.ts'
import { reportOf } from '../ui/error-report.ts'
import { metricsFile } from '../ui/metrics-file.ts'
import { safeText } from '../ui/safe-text.ts'
import { collectMetrics } from './collect-metrics.ts'
import type { CommandContext } from './context.ts'
import { RunWatch } from './run-watch.ts'
import type { MonitoredEnd } from './run-watch.ts'
import { tellEnd, tellStart } from './tell-monitor.ts'

/** Who wants to know how a sync ends. */
export interface Monitors {
  readonly ping?: URL | undefined
  /** File for the textfile collector of node_exporter. */
  readonly metrics?: string | undefined
  readonly selects: readonly string[]
}

/** node_exporter is another user. */
const readableByAll = 0o644

/** Runs a sync and tells the monitors. Its outcome is its own: whatever becomes of a ping or a file, the status stays. */
export async function monitoredSync(
  context: CommandContext,
  monitors: Monitors,
  run: (onEvent: OnSyncEvent) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const { ping, metrics } = monitors
  if (ping === undefined && metrics === undefined) return run(() => undefined)
  const started = ping === undefined ? undefined : tellStart(context, ping)
  const watch = new RunWatch(context.nowMs)
  const finish = async (status: ExitStatus, code?: string): Promise<void> => {
    const startTrouble = await started
    const { unwritten, untold = startTrouble } = await tellMonitors(context, monitors, watch.end(status, code))
    // cron would mail this line, every time; the monitor itself notices what it was not told.
    const troubles = [unwritten, context.options.quiet ? undefined : untold].filter((one) => one !== undefined)
    for (const trouble of troubles) {
      await context.terminal.err.write(`mailmirror: ${safeText(trouble)}; the sync itself is as it was\n`)
    }
  }
  let status: ExitStatus
  try {
    status = await run(watch.onEvent)
  } catch (error) {
    const { code, exit } = reportOf(error)
    await finish(code === 'INTERRUPTED' ? (context.interruptedWith() ?? exit) : exit, code)
    throw error
  }
  await finish(status)
  return status
}

/** Why a monitor does not know; undefined: it does. */
export interface MonitorTroubles {
  readonly unwritten: string | undefined
  readonly untold: string | undefined
}

/** The file first, then the ping. */
export async function tellMonitors(
  context: CommandContext,
  { ping, metrics, selects }: Monitors,
  end: MonitoredEnd,
): Promise<MonitorTroubles> {
  const unwritten = metrics === undefined ? undefined : await writeMetrics(context, metrics, { selects, end })
  return { unwritten, untold: ping === undefined ? undefined : await tellEnd(context, ping, end) }
}

async function writeMetrics(
  context: CommandContext,
  path: string,
  { selects, end }: { readonly selects: readonly string[]; readonly end: MonitoredEnd },
): Promise<string | undefined> {
  try {
    await context.replaceFile(path, metricsFile(await collectMetrics(context, selects, end)), readableByAll)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
