import type { RunProfile } from './run-profile.ts'
import { receivedOctets } from './run-reading.ts'
import { sayMicros, sayOctets } from './say-numbers.ts'

/** Of a run that nothing is wrong with: how long it took, and what set its pace. undefined: nothing that stands out, or it was so
 *  quick that nobody cares. */
export function healthySentence(run: RunProfile, pace: string | undefined): string {
  const took = `The run took ${sayMicros(run.elapsedMicros)}`
  if (run.elapsedMicros < 1_000_000) return `${took}: there is nothing to make faster.`
  const what = `${took}: ${sayOctets(receivedOctets(run))}`
  return pace === undefined ? `${what}; nothing stands out.` : `${what}, at the pace of ${pace}; nothing is wrong.`
}
