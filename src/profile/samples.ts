/** Whom a thread worked for. Empty: it is not known, or nobody. */
export interface Label {
  readonly account: string
  readonly mailbox: string
  readonly command: string
}

export const nobody: Label = { account: '', mailbox: '', command: '' }

/** What a thread was seen doing, as columns of stretches in the order of time: from `at` on, for `micros`, in `stack` for `label`. */
export interface ThreadSamples {
  /** `main`, `writer`, `indexer`, `parser`. */
  readonly thread: string
  /** Of how many samples they were made: below a hundred they say little. */
  readonly count: number
  /** Microseconds since the run began. */
  readonly at: readonly number[]
  readonly micros: readonly number[]
  /** Index in `stacks`; so is `label` in `labels`. */
  readonly stack: readonly number[]
  readonly label: readonly number[]
  /** Names of functions from the root on, with semicolons between. */
  readonly stacks: readonly string[]
  readonly labels: readonly Label[]
}

/** What all threads of a run were seen doing. */
export interface Samples {
  /** Between two samples of the main thread, in microseconds, and of each other one. */
  readonly intervalMicros: number
  readonly threadIntervalMicros: number
  readonly threads: readonly ThreadSamples[]
  readonly cost: ProfilingCost
  /** V8 gave no samples of a thread that was busy: names of functions are not to be trusted. */
  readonly isDegraded: boolean
}

/** What profiling itself took. */
export interface ProfilingCost {
  /** Milliseconds of CPU; undefined: the system does not tell. */
  readonly ownMs: number | undefined
  /** Of all the process took meanwhile. */
  readonly processMs: number
  /** What was given up, because it took too much. */
  readonly givenUp: readonly string[]
}

/** One of them, with its names. */
export interface SampledStretch extends Label {
  readonly thread: string
  readonly stack: string
  readonly at: number
  readonly micros: number
}

/** One by one, thread by thread. */
export function* stretchesOf({ threads }: Pick<Samples, 'threads'>): Generator<SampledStretch> {
  for (const { thread, at, micros, stack, label, stacks, labels } of threads) {
    for (let index = 0; index < at.length; index++) {
      const { account, mailbox, command } = labels[label[index] ?? 0] ?? nobody
      yield {
        thread,
        account,
        mailbox,
        command,
        stack: stacks[stack[index] ?? 0] ?? '',
        at: at[index] ?? 0,
        micros: micros[index] ?? 0,
      }
    }
  }
}

/** Microseconds of each stack of each thread, for each label. */
export type SampledStack = Omit<SampledStretch, 'at'>

export function summedStacks({ threads }: Pick<Samples, 'threads'>): readonly SampledStack[] {
  return threads.flatMap(summed)
}

/** Labels are numbers below. */
const labelRange = 2 ** 16

/** By numbers: there are many stretches, and few stacks. */
function summed(samples: ThreadSamples): readonly SampledStack[] {
  const { thread, micros, stack, label, stacks, labels } = samples
  const sums = new Map<number, number>()
  for (let index = 0; index < micros.length; index++) {
    const key = (stack[index] ?? 0) * labelRange + (label[index] ?? 0)
    sums.set(key, (sums.get(key) ?? 0) + (micros[index] ?? 0))
  }
  return Array.from(sums, ([key, sum]) => {
    const name = stacks[Math.floor(key / labelRange)] ?? ''
    return { thread, ...(labels[key % labelRange] ?? nobody), stack: name, micros: sum }
  })
}

export function countOfSamples({ threads }: Pick<Samples, 'threads'>): number {
  return threads.reduce((sum, { count }) => sum + count, 0)
}
