import { diagnose } from './diagnose.ts'
import type { Finding } from './finding.ts'
import { latencies } from './latency.ts'
import type { LatencyRow } from './latency.ts'
import type { StoredRun } from './profile-runs.ts'

/** A run, what it suffered from, and how its servers answered. */
export interface ProfileReport {
  readonly run: StoredRun
  readonly findings: readonly Finding[]
  readonly latencies: readonly LatencyRow[]
}

export function reportOf(run: StoredRun): ProfileReport {
  return { run, findings: diagnose(run.profile), latencies: latencies(run.profile.commands) }
}
