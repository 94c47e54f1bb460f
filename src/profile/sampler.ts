import { Session } from 'node:inspector'
import { nowMicros } from './micros-clock.ts'
import type { CpuProfile } from './cpu-profile.ts'
import { SampleLog } from './sample-log.ts'
import { SourceNames } from './source-names.ts'

export interface SamplerOptions {
  /** Name of this thread. */
  readonly thread: string
  readonly intervalMicros: number
  /** When the run began, by `nowMicros`. */
  readonly startMicros: number
  /** Reads labels for instants of `nowMicros` that do not go back; each profile takes a new one. */
  readonly labels?: () => (at: number) => number
}

/** Less often, and a burst of labels would be forgotten before it is merged. */
const rotationMs = 10_000
/** Of so much CPU without a sample V8 has lost its way. */
const blindMs = 500

/** Samples the thread that makes it until `stop`. In the process and without a port. Profiles overlap: one that is stopped and started
 *  again charges loops that run all the time to whoever called them (profiler.md §4, trap 1). */
export class Sampler {
  readonly log: SampleLog
  readonly #session = new Session()
  readonly #options: SamplerOptions
  readonly #timer: NodeJS.Timeout
  #number = 0
  /** Between which readings of the clock the current profile and the next one began. */
  #begun: readonly [number, number] = [0, 0]
  #cpu = process.cpuUsage()
  #isDegraded = false
  #isStopped = false
  #isRotating = false
  #rotatingMicros = 0

  constructor(options: SamplerOptions) {
    const names = new SourceNames()
    this.#options = options
    this.log = new SampleLog(options.thread, (frame) => names.of(frame))
    this.#session.connect()
    this.#session.on('Profiler.consoleProfileFinished', ({ params }) => this.#take(params.profile))
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.setSamplingInterval', { interval: options.intervalMicros })
    this.#begun = begin(this.#number)
    // oxlint-disable-next-line eslint/no-restricted-globals -- the one timer of the sampler
    this.#timer = setInterval(() => this.rotate(), rotationMs)
    this.#timer.unref()
  }

  /** Whether V8 once gave no samples although the process was busy. */
  get isDegraded(): boolean {
    return this.#isDegraded
  }

  /** Milliseconds for which it held the thread. */
  get rotatingMs(): number {
    return this.#rotatingMicros / 1000
  }

  /** All that was sampled up to now is in the log. */
  rotate(): void {
    // Who asks in the middle of a rotation gets what there is.
    if (this.#isStopped || this.#isRotating) return
    this.#isRotating = true
    const before = nowMicros()
    const next = begin(this.#number + 1)
    end(this.#number++)
    this.#begun = next
    this.#rotatingMicros += nowMicros() - before
    this.#isRotating = false
  }

  /** Once more does nothing. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    clearInterval(this.#timer)
    end(this.#number)
    this.#session.disconnect()
  }

  #take(profile: CpuProfile): void {
    const [earliest, latest] = this.#begun
    // V8's clock is ours; should it not be, both began together.
    const shift = profile.startTime >= earliest && profile.startTime <= latest ? 0 : earliest - profile.startTime
    this.#noteBlindness(profile)
    const labelAt = this.#options.labels?.()
    this.log.add(profile, shift - this.#options.startMicros, labelAt && ((at) => labelAt(at + shift)))
  }

  #noteBlindness({ samples = [] }: CpuProfile): void {
    const { user, system } = process.cpuUsage(this.#cpu)
    this.#cpu = process.cpuUsage()
    if (samples.length <= 1 && (user + system) / 1000 > blindMs) this.#isDegraded = true
  }
}

/** The protocol's own way to keep one profile running while another ends; with a session connected it prints nothing. */
function begin(number: number): readonly [number, number] {
  const before = nowMicros()
  // oxlint-disable-next-line eslint/no-console -- it is no output, see above
  console.profile(`mailmirror ${number}`)
  return [before, nowMicros()]
}

function end(number: number): void {
  // oxlint-disable-next-line eslint/no-console -- it is no output, see above
  console.profileEnd(`mailmirror ${number}`)
}
