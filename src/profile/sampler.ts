import { readdirSync, readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { addStacks, foldSamples } from './fold-samples.ts'
import type { CpuProfile, FoldedStacks } from './fold-samples.ts'
import { SourceNames } from './source-names.ts'

/** What the main thread was seen doing. */
export interface Samples {
  readonly stacks: FoldedStacks
  /** How many there were: below a hundred they say little. */
  readonly count: number
  /** Milliseconds of CPU that sampling itself took; undefined: the system does not tell. */
  readonly ownMs: number | undefined
}

/** Between two profiles of one run. */
const rotationMs = 60_000

/** Samples the main thread until `stop`. In the process and without a port. Profiles overlap: one that is stopped and started again charges
 *  loops that run all the time to whoever called them (profiler.md §4, trap 1). */
export class Sampler {
  readonly #session = new Session()
  readonly #stacks = new Map<string, number>()
  readonly #names = new SourceNames()
  readonly #ownMsBefore = samplingThreadMs()
  readonly #timer: NodeJS.Timeout
  #number = 0
  #count = 0

  constructor(intervalMicros: number) {
    this.#session.connect()
    this.#session.on('Profiler.consoleProfileFinished', ({ params }) => this.#take(params.profile))
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.setSamplingInterval', { interval: intervalMicros })
    begin(this.#number)
    // oxlint-disable-next-line eslint/no-restricted-globals -- the one timer of the sampler
    this.#timer = setInterval(() => this.#rotate(), rotationMs)
    this.#timer.unref()
  }

  stop(): Samples {
    clearInterval(this.#timer)
    // The thread ends with the last profile.
    const own = samplingThreadMs()
    end(this.#number)
    this.#session.disconnect()
    const ownMs = own === undefined ? undefined : own - (this.#ownMsBefore ?? 0)
    return { stacks: this.#stacks, count: this.#count, ownMs }
  }

  #rotate(): void {
    begin(this.#number + 1)
    end(this.#number++)
  }

  #take(profile: CpuProfile): void {
    this.#count += profile.samples?.length ?? 0
    addStacks(
      this.#stacks,
      foldSamples(profile, (frame) => this.#names.of(frame)),
    )
  }
}

/** The protocol's own way to keep one profile running while another ends; with a session connected it prints nothing. */
function begin(number: number): void {
  // oxlint-disable-next-line eslint/no-console -- it is no output, see above
  console.profile(`mailmirror ${number}`)
}

function end(number: number): void {
  // oxlint-disable-next-line eslint/no-console -- it is no output, see above
  console.profileEnd(`mailmirror ${number}`)
}

/** CPU time of V8's sampling thread, as Linux counts it. */
function samplingThreadMs(): number | undefined {
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      const read = (file: string): string => readFileSync(`/proc/self/task/${thread}/${file}`, 'utf8')
      if (read('comm').startsWith('v8:ProfEvntProc')) return Number(read('schedstat').split(' ')[0]) / 1e6
    }
  } catch {
    // There is no such folder, or the thread has ended meanwhile.
  }
  return undefined
}
