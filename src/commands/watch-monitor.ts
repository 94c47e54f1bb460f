import { reportOf } from '../ui/error-report.ts'
import type { ReportedEvent } from '../ui/watch-lines.ts'
import type { CommandContext } from './context.ts'
import { tellMonitors } from './monitored-sync.ts'
import type { Monitors } from './monitored-sync.ts'
import type { MonitoredEnd } from './run-watch.ts'
import { WatchRounds } from './watch-rounds.ts'

interface WatchMonitorParts {
  readonly context: CommandContext
  readonly monitors: Monitors
  readonly report: (event: ReportedEvent) => void
}

/** Tells the monitors of each round of a watch. What becomes of that is told, and costs the watch nothing. */
export class WatchMonitor {
  readonly #parts: WatchMonitorParts
  readonly #rounds: WatchRounds
  #telling: Promise<void> = Promise.resolve()

  constructor(parts: WatchMonitorParts) {
    this.#parts = parts
    this.#rounds = new WatchRounds({ nowMs: parts.context.nowMs, onRound: (round) => this.#tellNext(round) })
  }

  onEvent(event: ReportedEvent): void {
    this.#rounds.onEvent(event)
  }

  /** The watch has ended badly. A signal is no news: a service that is started anew would be a failure each time. */
  failed(error: unknown): void {
    const { code, exit } = reportOf(error)
    this.#tellNext(this.#rounds.end(exit, code))
  }

  /** All is told. */
  async finish(): Promise<void> {
    await this.#telling
  }

  #tellNext(end: MonitoredEnd): void {
    const { ping, metrics } = this.#parts.monitors
    if (ping !== undefined || metrics !== undefined) this.#telling = this.#telling.then(() => this.#tell(end))
  }

  async #tell(end: MonitoredEnd): Promise<void> {
    const { context, monitors, report } = this.#parts
    const { unwritten, untold } = await tellMonitors(context, monitors, end)
    for (const why of [unwritten, untold]) if (why !== undefined) report({ type: 'monitor-failed', why })
  }
}
