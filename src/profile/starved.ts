import { leastShare } from './finding.ts'
import type { Symptom } from './finding.ts'
import type { RunProfile } from './run-profile.ts'
import { shareOf } from './run-reading.ts'
import { nobody } from './samples.ts'
import { sayMicros } from './say-numbers.ts'

/** Of all CPUs: if others took less, it was our own threads that waited for each other. */
const mostOfMachine = 0.5

/** A machine that is busy with something else, by what the system says of the queue for its CPUs. It makes all else look slow: the server,
 *  the store and ourselves. */
export function starvation(run: RunProfile): Symptom | undefined {
  const { schedule, elapsedMicros } = run
  if (schedule === undefined) return undefined
  const { queueMicros, othersMicros, cpus } = schedule
  const share = shareOf(run, queueMicros)
  const taken = othersMicros / Math.max(1, cpus * elapsedMicros)
  if (share < leastShare || taken < mostOfMachine) return undefined
  const percent = Math.min(100, Math.round(taken * 100))
  return {
    cause: 'starved',
    share,
    ...nobody,
    isIll: true,
    pace: 'a machine that is busy with something else',
    explains: ['latency', 'bandwidth', 'connecting', 'writer', 'indexer', 'cpu'],
    sentence: `The machine is busy with something else: the sync waited ${sayMicros(queueMicros)} of ${sayMicros(elapsedMicros)} for a CPU; other programs took ${percent} % of all there are. Sync at another hour, or give them a lower priority (\`nice\`).`,
  }
}
