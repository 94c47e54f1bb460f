import { readFileSync, readlinkSync } from 'node:fs'
import { parseSchedstat } from '../model/lane.ts'

/** The system's number of this thread; 0: it does not tell (only Linux does). */
export function currentThread(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
  } catch {
    return 0
  }
}

/** Milliseconds of CPU that a thread of this process has taken. undefined: it is no more, or the system does not tell. */
export function threadCpuMs(thread: number): number | undefined {
  try {
    const times = parseSchedstat(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8'))
    return times && times.cpuMicros / 1000
  } catch {
    return undefined
  }
}
