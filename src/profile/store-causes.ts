import type { Symptom } from './finding.ts'
import type { LockSums, RunProfile, WriterSums } from './run-profile.ts'
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
  const own = blameOf(run, writerStates)
  const busy = writerMicros(run)
  const locked = lockMicros(run, 'write')
  // Time in which nobody waits or computes is the writer's, as far as it was busy or kept waiting: the engine awaits what it commits.
  const waited = own + Math.min(run.unblamedMicros, busy + locked)
  const forOthers = Math.min(locked, waited)
  return [writer(run, waited - forOthers), lock(run, forOthers), indexer(run)]
}

const writerStates = ['wait: writer']

function writer(run: RunProfile, micros: number): Symptom {
  const share = shareOf(run, micros)
  const text = writerText(run)
  const isSlow = receivedOctets(run) / Math.max(1, micros) < fastRate
  return {
    cause: 'writer',
    share,
    ...placeOf(run, writerStates),
    isIll: isSlow && (isSlowDisk(run) || run.elapsedMicros >= longRun),
    pace: `the store (${text})`,
    sentence: `${sayShare(share)} waiting for the store: ${text}. ${writerAdvice(run)}`,
  }
}

/** Another process held the store: its lock for writing, or all of it as another sync. */
function lock(run: RunProfile, writeMicros: number): Symptom {
  const states = ['wait: lock']
  const runMicros = blameOf(run, states)
  const share = shareOf(run, runMicros + writeMicros)
  const isRun = runMicros >= writeMicros
  const who = holderText(run, isRun ? 'run' : 'write')
  const what = isRun
    ? `another sync, ${who}, to end. Syncs of one store take turns: let them begin at other times`
    : `${who}, which held the store's lock for writing ${sayMicros(writeMicros)}. Nothing but mailmirror has to write there: end that program, or let it run at another time`
  const sentence = `${sayShare(share)} waiting for ${what}.`
  return { cause: 'lock', share, ...placeOf(run, states), isIll: true, pace: 'another process that held the store', sentence } // prettier-ignore
}

const locksOf = ({ locks }: RunProfile, kind: LockSums['lock']): readonly LockSums[] =>
  locks.filter(({ lock: one }) => one === kind)

function lockMicros(run: RunProfile, kind: LockSums['lock']): number {
  return locksOf(run, kind).reduce((sum, { micros }) => sum + micros, 0)
}

/** Whoever held it longest. */
function holderText(run: RunProfile, kind: LockSums['lock']): string {
  const [most] = locksOf(run, kind).toSorted((one, other) => other.micros - one.micros)
  if (most === undefined || most.pid === 0) return 'another process'
  return `process ${most.pid}${most.program === '' ? '' : ` (${most.program})`}`
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
