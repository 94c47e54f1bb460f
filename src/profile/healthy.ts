import type { RunProfile } from './run-profile.ts'
import { receivedOctets } from './run-reading.ts'
import { sayMicros, sayOctets } from './say-numbers.ts'

/** Of a run that nothing is wrong with: how long it took, and what set its pace. undefined: nothing that stands out, or it was so
 *  quick that nobody cares. */
export function healthySentence(run: RunProfile, pace: string | undefined): string {
  const took = `The run took ${sayMicros(run.elapsedMicros)}`
  if (run.elapsedMicros < 1_000_000) return `${took}: there is nothing to make faster.`
  const messages = run.commands.reduce((sum, one) => sum + one.messages, 0)
  // What is left of a long run says little of it.
  const octets = run.forgottenCommands > 0 ? '' : `: ${sayOctets(receivedOctets(run))}`
  const of = octets === '' || messages === 0 ? '' : ` for ${messages.toLocaleString('en')} messages`
  const what = `${took}${octets}${of}`
  return pace === undefined ? `${what}; nothing stands out.` : `${what}, at the pace of ${pace}; nothing is wrong.`
}
