import type { Prediction } from '../profile/what-if.ts'
import { countOf } from './format-count.ts'
import { formatMicros } from './format-micros.ts'
import { safeJson } from './safe-text.ts'

export interface WhatIf extends Prediction {
  readonly connections: number
  readonly batch: number | undefined
  readonly elapsedMicros: number
}

/** A narrower range is one time. */
const sameTime = 1.02
/** A range that is wider around its middle is hardly an answer. */
const wide = 0.25

/** `profile whatif`. */
export function whatIfLines(answer: WhatIf, { json }: { readonly json: boolean }): readonly string[] {
  const { connections, batch, used, elapsedMicros, now, best, worst, probe } = answer
  if (json) {
    const milliseconds = {
      elapsedMs: elapsedMicros / 1000,
      nowMs: now / 1000,
      bestMs: best / 1000,
      worstMs: worst / 1000,
    }
    return [safeJson({ v: 1, connections, batch, lanes: used, ...milliseconds, probe })]
  }
  const isRange = worst > best * sameTime
  const time = isRange ? `${formatMicros(best)} to ${formatMicros(worst)}` : formatMicros(best)
  const batches = batch === undefined ? '' : ` and ${countOf(batch, 'message')} to a command`
  return [
    `With ${countOf(connections, 'connection')}${batches}: ${time}. It took ${formatMicros(elapsedMicros)} with ${used}; a replay of that takes ${formatMicros(now)}.`,
    ...(isRange ? [rangeText(answer)] : []),
    ...(probe === undefined ? [] : [probeText(probe)]),
  ]
}

function rangeText({ best, worst, used }: WhatIf): string {
  const both = 'The first if each connection has what it had, the second if all share what they had together.'
  if ((worst - best) / (worst + best) <= wide) return both
  return `${both} Which of the two it is, this run cannot tell: a sync of as much mail with ${used === 1 ? 2 : 1} in place of ${used} would.`
}

function probeText({ id, connections, isShared }: NonNullable<Prediction['probe']>): string {
  const what = isShared ? 'all connections share one link' : 'each connection has its own'
  return `Run ${id}, which had ${connections}, shows that ${what}.`
}
