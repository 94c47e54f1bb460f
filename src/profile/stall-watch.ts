import type { StallVerdict, ThreadSchedule } from './thread-schedule.ts'
import { stallVerdict } from './thread-schedule.ts'

/** What is known of the main thread when it is looked at; times in microseconds of `nowMicros`. */
export interface MainLook {
  readonly now: number
  readonly beat: number
  readonly schedule: ThreadSchedule | undefined
}

/** A time for which the main thread did not come back to its loop. */
export interface Stall {
  readonly since: number
  readonly ms: number
  readonly cpuMs: number | undefined
  readonly queueMs: number | undefined
  readonly verdict: StallVerdict
}

export interface StallLimits {
  /** A beat that is older is a stall. */
  readonly thresholdMs: number
  /** A stall that burns more CPU than that ends the process. A slow disk or a busy machine never does. */
  readonly killCpuMs: number
}

export type StallEvent = { readonly kind: 'begun' | 'ended' | 'burnt'; readonly stall: Stall }

/** Notices from beats when the main thread hangs. Looks that come late themselves mean that all of us stood still: no stall. */
export class StallWatch {
  readonly #limits: StallLimits
  #lastLook = Number.POSITIVE_INFINITY
  /** None has been seen. */
  #lastBeat = -1
  #base: ThreadSchedule | undefined
  #stalledSince: number | undefined
  #isBurnt = false

  constructor(limits: StallLimits) {
    this.#limits = limits
  }

  look({ now, beat, schedule }: MainLook): StallEvent | undefined {
    const isLate = now - this.#lastLook > this.#limits.thresholdMs * 1000
    this.#lastLook = now
    if (isLate) this.#lastBeat = -1
    if (now - beat >= this.#limits.thresholdMs * 1000 && !isLate) return this.#stalled({ now, beat, schedule })
    const since = this.#stalledSince
    const stall = since === undefined ? undefined : this.#stall(since, beat, schedule)
    this.#stalledSince = undefined
    this.#isBurnt = false
    if (beat !== this.#lastBeat) this.#base = schedule
    this.#lastBeat = beat
    return stall === undefined ? undefined : { kind: 'ended', stall }
  }

  #stalled({ now, beat, schedule }: MainLook): StallEvent | undefined {
    const stall = this.#stall(beat, now, schedule)
    if (this.#stalledSince === undefined) {
      this.#stalledSince = beat
      return { kind: 'begun', stall }
    }
    if (this.#isBurnt || (stall.cpuMs ?? 0) < this.#limits.killCpuMs) return undefined
    this.#isBurnt = true
    return { kind: 'burnt', stall }
  }

  #stall(since: number, until: number, schedule: ThreadSchedule | undefined): Stall {
    const ms = (until - since) / 1000
    const base = this.#base
    const isKnown = base !== undefined && schedule !== undefined
    return {
      since,
      ms,
      cpuMs: isKnown ? schedule.cpuMs - base.cpuMs : undefined,
      queueMs: isKnown ? schedule.queueMs - base.queueMs : undefined,
      verdict: stallVerdict(ms, base, schedule),
    }
  }
}
