import { readdirSync, readFileSync } from 'node:fs'
import { parseSchedstat } from '../model/lane.ts'

/** CPU that V8's sampling threads take, one for each thread that is sampled, as Linux counts it. Those that have ended count with what they were
 *  last seen to have taken. */
export class SamplingCost {
  readonly #msByThread = new Map<string, number>()

  /** Milliseconds up to now; undefined: the system does not tell. */
  read(): number | undefined {
    for (const [thread, ms] of samplingThreads()) this.#msByThread.set(thread, ms)
    if (this.#msByThread.size === 0) return undefined
    let sum = 0
    for (const ms of this.#msByThread.values()) sum += ms
    return sum
  }
}

function samplingThreads(): readonly (readonly [string, number])[] {
  try {
    return readdirSync('/proc/self/task').flatMap((thread) => {
      const ms = samplingMs(thread)
      return ms === undefined ? [] : [[thread, ms] as const]
    })
  } catch {
    // There is no such folder.
    return []
  }
}

function samplingMs(thread: string): number | undefined {
  try {
    const read = (file: string): string => readFileSync(`/proc/self/task/${thread}/${file}`, 'utf8')
    if (!read('comm').startsWith('v8:ProfEvntProc')) return undefined
    const times = parseSchedstat(read('schedstat'))
    return times && times.cpuMicros / 1000
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}
