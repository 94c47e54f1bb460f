import { createLaneRecorder } from './recorder.ts'
import type { LaneLabels } from './account-sums.ts'
import type { RunRecorder } from './recorder.ts'
import { readSchedule } from './schedule.ts'

/** A recorder of what this process does from now on. */
export function createProcessRecorder(labels?: LaneLabels): RunRecorder {
  return createLaneRecorder(
    () => Math.round(performance.now() * 1000),
    () => performance.nodeTiming.idleTime,
    { schedule: readSchedule, labels },
  )
}
