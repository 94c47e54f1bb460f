import { Heartbeat } from './heartbeat.ts'
import { LabelFollower, LabelTimeline } from './labels.ts'
import { MainWatch } from './main-watch.ts'
import { nowMicros } from './micros-clock.ts'
import { ProfilingBudget } from './profiling-budget.ts'
import { createProcessRecorder } from './process-recorder.ts'
import type { RunRecorder } from './recorder.ts'
import { Sampler } from './sampler.ts'
import type { Samples } from './samples.ts'
import { SamplingCost } from './sampling-cost.ts'
import { startAfterCpu } from './start-after-cpu.ts'
import type { PendingStart } from './start-after-cpu.ts'
import { ThreadSampling } from './thread-sampling.ts'

/** How closely a run is looked at. */
export interface ProfilingMode {
  /** Between two samples of the main thread, in microseconds, and of each other one: a sample costs some 20 µs. */
  readonly intervalMicros: number
  readonly threadIntervalMicros: number
  /** Milliseconds of CPU that the process has taken when the main thread begins to be sampled, and the others: to begin costs each some 40 ms,
   *  which must not be much of a run. What computes little has little to be sampled. */
  readonly mainAfterCpuMs: number
  readonly threadsAfterCpuMs: number
  /** Milliseconds after which a watchdog begins; what is over by then need not be watched. */
  readonly watchAfterMs: number
  /** A main thread that does not come back to its loop for so long hangs. */
  readonly stallMs: number
  /** Milliseconds of CPU after which a hanging main thread ends the process: no answer of a server takes as much. */
  readonly killCpuMs: number
  /** Of elapsed time, for which profiling may keep a core busy. */
  readonly costLimit: number
  /** Carries labels over whatever is awaited. */
  readonly follows: boolean
}

const alwaysOn: ProfilingMode = {
  intervalMicros: 10_000,
  threadIntervalMicros: 10_000,
  mainAfterCpuMs: 10_000,
  threadsAfterCpuMs: 60_000,
  watchAfterMs: 3000,
  stallMs: 1000,
  killCpuMs: 60_000,
  costLimit: 0.02,
  follows: false,
}

export type ProfilingModeName = 'always-on' | 'closely' | 'watched' | 'off'

/** Of every sync; of `profile -- sync`; of what runs for days, which is only sampled for whoever asks; of one of which only what the connections wait for is recorded. */
export const modes: Readonly<Record<ProfilingModeName, ProfilingMode>> = {
  'always-on': alwaysOn,
  closely: {
    intervalMicros: 1000,
    threadIntervalMicros: 4000,
    mainAfterCpuMs: 0,
    threadsAfterCpuMs: 0,
    watchAfterMs: 0,
    stallMs: 500,
    killCpuMs: 60_000,
    costLimit: 0.08,
    follows: true,
  },
  watched: { ...alwaysOn, mainAfterCpuMs: Infinity, threadsAfterCpuMs: Infinity },
  off: { ...alwaysOn, mainAfterCpuMs: Infinity, threadsAfterCpuMs: Infinity, watchAfterMs: Infinity },
}

/** Where a run is watched from outside. */
export interface WatchPlaces {
  /** In which stalls are written down; undefined: nowhere. */
  readonly stallFile: string | undefined
  /** Folders in which there may be a socket for `profile attach`. */
  readonly bases: readonly string[]
}

const lookEveryMs = 10_000

/** Records what the connections of a run wait for and samples its threads, until `finish`. */
export class RunProfiler implements Disposable {
  readonly recorder: RunRecorder
  readonly #mode: ProfilingMode
  readonly #startMicros = nowMicros()
  readonly #startCpu = process.cpuUsage()
  readonly #heart = new Heartbeat()
  readonly #labels = new LabelTimeline(nowMicros, this.#heart.label)
  readonly #follower = new LabelFollower(this.#labels)
  readonly #threads: ThreadSampling
  readonly #cost = new SamplingCost()
  readonly #budget: ProfilingBudget
  readonly #timer: NodeJS.Timeout
  readonly #beginning: PendingStart
  readonly #watchTimer: NodeJS.Timeout | undefined
  readonly #places: WatchPlaces
  #watch: MainWatch | undefined
  #sampler: Sampler | undefined
  #isOver = false

  constructor(mode: ProfilingMode, places: WatchPlaces = { stallFile: undefined, bases: [] }) {
    this.#mode = mode
    this.#places = places
    const labels = this.#labels
    const within = <T>(account: string, work: () => T): T => this.#follower.within(account, work)
    this.recorder = createProcessRecorder({
      numberOf: (label) => labels.numberOf(label),
      set: (number) => labels.set(number),
      within: mode.follows ? within : (_account, work) => work(),
    })
    const { threadIntervalMicros: intervalMicros, threadsAfterCpuMs: afterCpuMs } = mode
    this.#threads = new ThreadSampling({ intervalMicros, afterCpuMs, startMicros: this.#startMicros })
    this.#budget = new ProfilingBudget(mode.costLimit, this.#steps())
    if (mode.follows) this.#follower.enable()
    // oxlint-disable-next-line eslint/no-restricted-globals -- the clock of the profiler
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#timer.unref()
    this.#beginning = startAfterCpu(mode.mainAfterCpuMs, () => this.#begin())
    if (mode.watchAfterMs === Infinity) return
    // oxlint-disable-next-line eslint/no-restricted-globals -- it begins only in a run that lasts
    this.#watchTimer = setTimeout(() => this.#beginWatch(), mode.watchAfterMs)
    this.#watchTimer.unref()
  }

  /** Call it when the threads of the run have ended. undefined: nothing was sampled. */
  finish(): Samples | undefined {
    if (this.#isOver) return undefined
    this.#isOver = true
    clearInterval(this.#timer)
    this.#beginning.cancel()
    clearTimeout(this.#watchTimer)
    this.#watch?.stop()
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
      threadIntervalMicros: this.#mode.threadIntervalMicros,
      threads,
      cost: { ownMs, processMs: (user + system) / 1000, givenUp: this.#budget.givenUp },
      isDegraded: this.#sampler?.isDegraded === true || reports.some(({ isDegraded }) => isDegraded),
    }
  }

  [Symbol.dispose](): void {
    this.finish()
  }

  #beginWatch(): void {
    try {
      const labels = this.#labels
      const limits = { thresholdMs: this.#mode.stallMs, killCpuMs: this.#mode.killCpuMs }
      const probe = { lanes: () => this.recorder.lanesNow(), stacksSince: (since: number) => this.#stacksSince(since) }
      const watch = new MainWatch({ ...this.#places, ...limits, probe, heart: this.#heart, labels: labels.labels })
      labels.onNew = (number, label) => watch.labelled(number, label)
      this.#watch = watch
    } catch {
      // A run that cannot be watched is a run all the same.
    }
  }

  /** Whoever asks for samples has them taken from then on. */
  #stacksSince(since: number): ReadonlyMap<string, number> {
    this.#beginning.cancel()
    if (this.#sampler === undefined) this.#begin()
    this.#sampler?.rotate()
    return this.#sampler?.log.since(since - this.#startMicros) ?? new Map()
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
