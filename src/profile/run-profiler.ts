import { LabelFollower, LabelTimeline } from './labels.ts'
import { nowMicros } from './micros-clock.ts'
import { ProfilingBudget } from './profiling-budget.ts'
import { createLaneRecorder } from './recorder.ts'
import type { RunRecorder } from './recorder.ts'
import { Sampler } from './sampler.ts'
import type { Samples } from './samples.ts'
import { SamplingCost } from './sampling-cost.ts'
import { startAfterCpu } from './start-after-cpu.ts'
import type { PendingStart } from './start-after-cpu.ts'
import { ThreadSampling } from './thread-sampling.ts'

/** How closely a run is looked at. */
export interface ProfilingMode {
  /** Between two samples, in microseconds. */
  readonly intervalMicros: number
  /** Milliseconds of CPU that the process has taken when the main thread begins to be sampled, and the others: to begin costs each some 40 ms,
   *  which must not be much of a run. What computes little has little to be sampled. */
  readonly mainAfterCpuMs: number
  readonly threadsAfterCpuMs: number
  /** Of elapsed time, for which profiling may keep a core busy. */
  readonly costLimit: number
  /** Carries labels over whatever is awaited. */
  readonly follows: boolean
}

/** Every sync. */
export const alwaysOn: ProfilingMode = {
  intervalMicros: 10_000,
  mainAfterCpuMs: 2500,
  threadsAfterCpuMs: 6000,
  costLimit: 0.02,
  follows: false,
}
/** Only what the connections wait for is recorded. */
export const off: ProfilingMode = { ...alwaysOn, mainAfterCpuMs: Infinity, threadsAfterCpuMs: Infinity }
/** `profile -- sync`. */
export const closely: ProfilingMode = {
  intervalMicros: 1000,
  mainAfterCpuMs: 0,
  threadsAfterCpuMs: 0,
  costLimit: 0.08,
  follows: true,
}

const lookEveryMs = 10_000

/** Records what the connections of a run wait for and samples its threads, until `finish`. */
export class RunProfiler implements Disposable {
  readonly recorder: RunRecorder
  readonly #mode: ProfilingMode
  readonly #startMicros = nowMicros()
  readonly #startCpu = process.cpuUsage()
  readonly #labels = new LabelTimeline(nowMicros)
  readonly #follower = new LabelFollower(this.#labels)
  readonly #threads: ThreadSampling
  readonly #cost = new SamplingCost()
  readonly #budget: ProfilingBudget
  readonly #timer: NodeJS.Timeout
  readonly #beginning: PendingStart
  #sampler: Sampler | undefined
  #isOver = false

  constructor(mode: ProfilingMode) {
    this.#mode = mode
    const labels = this.#labels
    const within = <T>(account: string, work: () => T): T => this.#follower.within(account, work)
    this.recorder = createLaneRecorder(nowMicros, () => performance.nodeTiming.idleTime, {
      numberOf: (label) => labels.numberOf(label),
      set: (number) => labels.set(number),
      within: mode.follows ? within : (_account, work) => work(),
    })
    const { intervalMicros, threadsAfterCpuMs: afterCpuMs } = mode
    this.#threads = new ThreadSampling({ intervalMicros, afterCpuMs, startMicros: this.#startMicros })
    this.#budget = new ProfilingBudget(mode.costLimit, this.#steps())
    if (mode.follows) this.#follower.enable()
    // oxlint-disable-next-line eslint/no-restricted-globals -- the clock of the profiler
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#timer.unref()
    this.#beginning = startAfterCpu(mode.mainAfterCpuMs, () => this.#begin())
  }

  /** Call it when the threads of the run have ended. undefined: nothing was sampled. */
  finish(): Samples | undefined {
    if (this.#isOver) return undefined
    this.#isOver = true
    clearInterval(this.#timer)
    this.#beginning.cancel()
    this.#follower.disable()
    const reports = this.#threads.close()
    const ownMs = this.#ownMs()
    this.#sampler?.stop()
    const main = this.#sampler?.log.read(this.#labels.labels)
    const threads = [...(main === undefined ? [] : [main]), ...reports.map(({ samples }) => samples)]
    if (threads.length === 0) return undefined
    const { user, system } = process.cpuUsage(this.#startCpu)
    return {
      intervalMicros: this.#mode.intervalMicros,
      threads,
      cost: { ownMs, processMs: (user + system) / 1000, givenUp: this.#budget.givenUp },
      isDegraded: this.#sampler?.isDegraded === true || reports.some(({ isDegraded }) => isDegraded),
    }
  }

  [Symbol.dispose](): void {
    this.finish()
  }

  #begin(): void {
    this.#sampler = new Sampler({
      thread: 'main',
      intervalMicros: this.#mode.intervalMicros,
      startMicros: this.#startMicros,
      labels: () => this.#labels.reader(),
    })
  }

  #steps() {
    const follow = { name: 'labels of what is awaited', giveUp: () => this.#follower.disable() }
    const sample = { name: 'samples of the main thread', giveUp: () => this.#sampler?.stop() }
    return this.#mode.follows ? [follow, sample] : [sample]
  }

  #look(): void {
    const ownMs = this.#ownMs()
    if (ownMs !== undefined) this.#budget.check(ownMs, (nowMicros() - this.#startMicros) / 1000)
  }

  #ownMs(): number | undefined {
    const ms = this.#cost.read()
    return ms === undefined ? undefined : ms + (this.#sampler?.rotatingMs ?? 0)
  }
}
