import type { Symptom } from './finding.ts'
import { ownLoop } from './lane-states.ts'
import type { HeldUp, RunProfile } from './run-profile.ts'
import { blameOf, nameOf, placeOf, receivedOctets, shareOf } from './run-reading.ts'
import { sayMicros, sayShare } from './say-numbers.ts'

/** What came in a microsecond, that is, in MB/s: as much is worth its CPU. */
const fastRate = 20
/** Whoever waits for so long wants to know it: microseconds. */
const longRun = 5_000_000
/** Accounts that are worked on side by side keep each other waiting. It is an illness where one of them has so much of the CPU, and another one
 *  lost so much of the run by it. */
const culpritsPart = 0.75
const victimsPart = 0.15

const states = ['cpu: parse', ownLoop]

/** What we do ourselves. */
export function ownSymptoms(run: RunProfile): readonly Symptom[] {
  const place = placeOf(run, states)
  const micros = blameOf(run, states)
  const share = shareOf(run, micros)
  const victim = victimOf(run, place.account)
  const isSlow = run.elapsedMicros >= longRun && receivedOctets(run) / Math.max(1, micros) < fastRate
  const what = `${sayShare(share)} is our own CPU, mostly ${nameOf(place)}`
  const heldUp = victim === undefined ? '' : `; ${victim.by} kept ${victim.account} waiting ${sayMicros(victim.micros)}`
  const advice =
    victim === undefined
      ? 'More connections would not help, fewer do no harm.'
      : `Sync it by itself, at another time than the others: \`mailmirror sync ${victim.by}\`.`
  return [
    {
      cause: 'cpu',
      share,
      ...place,
      isIll: isSlow || (victim !== undefined && isCulprit(run, place.account)),
      pace: `our own CPU (mostly ${nameOf(place)})`,
      sentence: `${what}${heldUp}. ${advice}`,
    },
  ]
}

/** Whoever was kept waiting most by that account, if it was for long. */
function victimOf({ heldUp, elapsedMicros }: RunProfile, culprit: string): HeldUp | undefined {
  const [most] = heldUp.filter(({ by }) => by === culprit).toSorted((one, other) => other.micros - one.micros)
  return most !== undefined && most.micros >= victimsPart * elapsedMicros ? most : undefined
}

function isCulprit(run: RunProfile, account: string): boolean {
  const own = { ...run, sums: run.sums.filter((row) => row.account === account) }
  return blameOf(own, states) >= culpritsPart * blameOf(run, states)
}
