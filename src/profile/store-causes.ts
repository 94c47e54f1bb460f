import type { Symptom } from './finding.ts'
import type { RunProfile, WriterSums } from './run-profile.ts'
import { blameOf, placeOf, receivedOctets, shareOf } from './run-reading.ts'
import { sayMicros, sayShare } from './say-numbers.ts'

/** A store that takes so many octets in a microsecond, that is, MB/s, is not slow. */
const fastRate = 5
/** A disk that takes less for a commit is not slow: microseconds. */
const slowCommit = 8000
/** Whoever waits for so long wants to know it: microseconds. */
const longRun = 10_000_000

/** Waits for the store and for the index. */
export function storeSymptoms(run: RunProfile): readonly Symptom[] {
  return [writer(run), indexer(run)]
}

/** Time in which nobody waits or computes is the writer's, as far as it was busy: the engine awaits what it commits. */
function writer(run: RunProfile): Symptom {
  const states = ['wait: writer']
  const place = placeOf(run, states)
  const busy = writerMicros(run)
  const micros = blameOf(run, states) + Math.min(run.unblamedMicros, busy)
  const share = shareOf(run, micros)
  const text = writerText(run)
  return {
    cause: 'writer',
    share,
    ...place,
    isIll: receivedOctets(run) / Math.max(1, micros) < fastRate && (isSlowDisk(run) || run.elapsedMicros >= longRun),
    pace: `the store (${text})`,
    sentence: `${sayShare(share)} waiting for the store: ${text}. ${writerAdvice(run)}`,
  }
}

function indexer(run: RunProfile): Symptom {
  const states = ['wait: indexer']
  const place = placeOf(run, states)
  const share = shareOf(run, blameOf(run, states))
  const sentence = `${sayShare(share)} putting messages into the index for searching. \`sync --no-index\` leaves that for later: \`reindex --pending\`, or another sync.`
  return { cause: 'indexer', share, ...place, isIll: run.elapsedMicros >= longRun, pace: 'the index', sentence }
}

const sumOf = ({ writer: all }: RunProfile, part: Exclude<keyof WriterSums, 'account'>): number =>
  all.reduce((total, one) => total + one[part], 0)

function writerMicros(run: RunProfile): number {
  return diskMicros(run) + sumOf(run, 'hash') + sumOf(run, 'compress') + sumOf(run, 'sqlite')
}

/** Where a writer waits for the disk. */
const diskMicros = (run: RunProfile): number => sumOf(run, 'commit') + sumOf(run, 'open')
const isOnDisk = (run: RunProfile): boolean => diskMicros(run) * 2 > writerMicros(run)
const commitMicros = (run: RunProfile): number => sumOf(run, 'commit') / Math.max(1, sumOf(run, 'commits'))
const isSlowDisk = (run: RunProfile): boolean => isOnDisk(run) && commitMicros(run) >= slowCommit

function writerText(run: RunProfile): string {
  const hashing = sumOf(run, 'hash') + sumOf(run, 'compress')
  const commits = `${Math.round(sumOf(run, 'commits'))} commits took ${sayMicros(sumOf(run, 'commit'))}, ${sayMicros(commitMicros(run))} each`
  return `${commits}; opening and closing ${sayMicros(sumOf(run, 'open'))}, writing ${sayMicros(sumOf(run, 'sqlite'))}, hashing and compressing ${sayMicros(hashing)}`
}

function writerAdvice(run: RunProfile): string {
  return isOnDisk(run)
    ? 'The disk takes its time over each commit: put the store on a faster one.'
    : 'A faster disk or CPU would help; more connections would not.'
}
