import { readFileSync } from 'node:fs'
import { parseSchedstat } from '../model/lane.ts'

/** What Linux says of the main thread, since it began: milliseconds on a CPU and in the queue for one. */
export interface ThreadSchedule {
  readonly cpuMs: number
  readonly queueMs: number
}

/** Why a thread did not run on: it computed; it got no CPU; it waited in the system. */
export type StallVerdict = 'cpu' | 'starved' | 'system' | 'unknown'

/** undefined: the system does not tell. */
export function mainThreadSchedule(): ThreadSchedule | undefined {
  const times = parseSchedstat(read('schedstat'))
  return times && { cpuMs: times.cpuMicros / 1000, queueMs: times.queueMicros / 1000 }
}

/** What the main thread waits for in the kernel: `futex_wait_queue`, `do_epoll_wait`; empty: nothing, or the system does not tell. */
export function mainThreadWaitsFor(): string {
  const name = read('wchan').trim()
  return name === '0' ? '' : name
}

/** The largest share of so many milliseconds. */
export function stallVerdict(
  ms: number,
  before: ThreadSchedule | undefined,
  after: ThreadSchedule | undefined,
): StallVerdict {
  if (before === undefined || after === undefined) return 'unknown'
  const cpu = after.cpuMs - before.cpuMs
  const queue = after.queueMs - before.queueMs
  const shares: readonly (readonly [StallVerdict, number])[] = [
    ['cpu', cpu],
    ['starved', queue],
    ['system', ms - cpu - queue],
  ]
  return shares.toSorted(([, one], [, other]) => other - one)[0]?.[0] ?? 'unknown'
}

function read(file: string): string {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
