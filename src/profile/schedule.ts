import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseSchedstat } from '../model/lane.ts'
import type { ThreadTimes } from '../model/lane.ts'

/** How the machine shared its CPUs between a run and all else. */
export interface Schedule {
  /** Of the main thread and the writer: microseconds on a CPU, and those in which they could have run and had none. A time in which
   *  both waited counts once at most for each instant that neither worked. */
  readonly cpuMicros: number
  readonly queueMicros: number
  /** What other processes took, of all CPUs together. */
  readonly othersMicros: number
  readonly cpus: number
}

/** Times up to now; undefined where the system does not tell (Linux does). */
export interface ScheduleReading {
  readonly main: ThreadTimes
  readonly othersMicros: number
  readonly cpus: number
}

/** In `/proc/stat`: ticks of a hundredth of a second. */
const tickMicros = 10_000
const busyColumns = [0, 1, 2, 5, 6, 7]

export function readSchedule(): ScheduleReading | undefined {
  const main = parseSchedstat(textOf('/proc/thread-self/schedstat'))
  const [line = ''] = textOf('/proc/stat').split('\n')
  const ticks = line.split(/\s+/).slice(1).map(Number)
  if (main === undefined || ticks.length < 8) return undefined
  // user, nice, system, interrupts, and what the machine's own host took.
  const busy = busyColumns.reduce((sum, column) => sum + (ticks[column] ?? 0), 0) * tickMicros
  const { user, system } = process.cpuUsage()
  return { main, othersMicros: busy - user - system, cpus: availableParallelism() }
}

/** What lies between two readings; `writer`: of a thread that began and ended in between. */
export function scheduleBetween(
  from: ScheduleReading,
  to: ScheduleReading,
  { writer, elapsedMicros }: { readonly writer: ThreadTimes; readonly elapsedMicros: number },
): Schedule {
  const cpu = to.main.cpuMicros - from.main.cpuMicros
  const queue = to.main.queueMicros - from.main.queueMicros
  return {
    cpuMicros: cpu + writer.cpuMicros,
    queueMicros: Math.min(queue + writer.queueMicros, Math.max(0, elapsedMicros - Math.max(cpu, writer.cpuMicros))),
    othersMicros: Math.max(0, to.othersMicros - from.othersMicros),
    cpus: to.cpus,
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
