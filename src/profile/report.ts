import { diagnose } from './diagnose.ts'
import type { Finding } from './finding.ts'
import { latencies } from './latency.ts'
import type { LatencyRow } from './latency.ts'
import type { StoredRun } from './profile-runs.ts'
import type { StallRecord } from './stall-log.ts'
import { countOfSamples, summedStacks } from './samples.ts'
import type { ProfilingCost, SampledStack, Samples } from './samples.ts'

/** A run, what it suffered from, how its servers answered, and what its threads did. */
export interface ProfileReport {
  readonly run: StoredRun
  readonly findings: readonly Finding[]
  readonly latencies: readonly LatencyRow[]
  /** undefined: it was not sampled. */
  readonly sampled: SampledReport | undefined
  /** When its main thread hung. */
  readonly stalls: readonly StallRecord[]
}

export interface SampledReport {
  readonly count: number
  readonly intervalMicros: number
  readonly threadIntervalMicros: number
  readonly cost: ProfilingCost
  readonly isDegraded: boolean
  readonly stacks: readonly SampledStack[]
  /** Functions by the microseconds that they themselves took, the most first; what threads slept is none. */
  readonly ownTimes: readonly { readonly thread: string; readonly name: string; readonly micros: number }[]
}

/** `stalls`: all that are known of; those of the run are taken. */
export function reportOf(run: StoredRun, stalls: readonly StallRecord[] = []): ProfileReport {
  const { profile, samples } = run
  return {
    run,
    findings: diagnose(profile),
    latencies: latencies(profile.commands),
    sampled: samples === undefined ? undefined : sampledReport(samples),
    stalls: stalls.filter(({ at }) => at >= run.startedAtMs && at <= run.startedAtMs + profile.elapsedMicros / 1000),
  }
}

function sampledReport(samples: Samples): SampledReport {
  const { threads: _threads, ...about } = samples
  const stacks = summedStacks(samples)
  return { count: countOfSamples(samples), ...about, stacks, ownTimes: ownTimes(stacks) }
}

function ownTimes(stacks: readonly SampledStack[]): SampledReport['ownTimes'] {
  const own = new Map<string, { readonly thread: string; readonly name: string; readonly micros: number }>()
  for (const { thread, stack, micros } of stacks) {
    const name = stack.slice(stack.lastIndexOf(';') + 1)
    if (name === '(idle)' || name === '') continue
    const key = `${thread};${name}`
    own.set(key, { thread, name, micros: micros + (own.get(key)?.micros ?? 0) })
  }
  return [...own.values()].toSorted((one, other) => other.micros - one.micros)
}
