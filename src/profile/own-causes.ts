import type { Symptom } from './finding.ts'
import { ownLoop } from './lane-states.ts'
import type { RunProfile } from './run-profile.ts'
import { blameOf, nameOf, placeOf, shareOf } from './run-reading.ts'
import { sayShare } from './say-numbers.ts'

/** What we do ourselves. */
export function ownSymptoms(run: RunProfile): readonly Symptom[] {
  return [cpu(run)]
}

function cpu(run: RunProfile): Symptom {
  const states = ['cpu: parse', ownLoop]
  const place = placeOf(run, states)
  const share = shareOf(run, blameOf(run, states))
  const sentence = `${sayShare(share)} is our own CPU, mostly ${nameOf(place)}${heldUpText(run)}. Fewer connections will not make it slower.`
  return { cause: 'cpu', share, ...place, isIll: true, pace: 'our own CPU', sentence }
}

function heldUpText({ heldUp }: RunProfile): string {
  const [most] = heldUp.toSorted((one, other) => other.micros - one.micros)
  if (most === undefined || most.micros < 100_000) return ''
  return `; ${most.by} kept ${most.account} waiting ${(most.micros / 1e6).toFixed(1)} s`
}
