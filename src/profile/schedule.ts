import { readFileSync } from 'node:fs'
import { parseSchedstat } from '../model/lane.ts'
import type { ThreadTimes } from '../model/lane.ts'

/** How the machine shared its CPUs between a run and all else. */
export interface Schedule {
  /** Of the main thread and the writer: microseconds on a CPU, and those in which they could have run and had none. Where
   *  both waited at once, no more than was left of the time beside their work. */
  readonly cpuMicros: number
  readonly queueMicros: number
  /** What other processes took of the CPUs that this one may run on, together. */
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
/** user, nice, system, interrupts, and what the machine's own host took. */
const busyColumns = [0, 1, 2, 5, 6, 7]

export function readSchedule(): ScheduleReading | undefined {
  const main = parseSchedstat(textOf('/proc/thread-self/schedstat'))
  const own = allowedCpus(textOf('/proc/self/status'))
  const cpus = textOf('/proc/stat')
    .split('\n')
    .filter((line) => own.has(/^cpu(\d+) /.exec(line)?.[1] ?? ''))
  if (main === undefined || cpus.length === 0) return undefined
  const busyTicks = cpus.reduce((sum, line) => sum + busyIn(line), 0)
  const { user, system } = process.cpuUsage()
  return { main, othersMicros: busyTicks * tickMicros - user - system, cpus: cpus.length }
}

/** Those that this process may run on, by number: `0-1,4`. */
function allowedCpus(status: string): ReadonlySet<string> {
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? []
  const ranges = list.split(',').map((range) => range.split('-').map(Number))
  return new Set(
    ranges.flatMap(([first = 0, last = first]) =>
      Array.from({ length: last - first + 1 }, (_, index) => `${first + index}`),
    ),
  )
}

function busyIn(line: string): number {
  const ticks = line.split(/\s+/).slice(1).map(Number)
  return busyColumns.reduce((sum, column) => sum + (ticks[column] ?? 0), 0)
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
    queueMicros: Math.min(queue + writer.queueMicros, Math.max(0, elapsedMicros - cpu - writer.cpuMicros)),
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
