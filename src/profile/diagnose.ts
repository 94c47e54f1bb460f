import { connectionCaps } from './connection-caps.ts'
import { leastShare } from './finding.ts'
import type { Finding, Symptom } from './finding.ts'
import { ownSymptoms } from './own-causes.ts'
import { healthySentence } from './healthy.ts'
import type { RunProfile } from './run-profile.ts'
import { nobody } from './samples.ts'
import { serverSymptoms } from './server-causes.ts'
import { starvation } from './starved.ts'
import { stalling } from './stalled-server.ts'
import { storeSymptoms } from './store-causes.ts'
import { throttling } from './throttling.ts'

/** A run that takes less is not slow, whatever it waits for: microseconds. */
const quickMicros = 1_000_000

/** What a run suffered from, the most important first; never empty. */
export function diagnose(run: RunProfile): readonly Finding[] {
  const symptoms = symptomsOf(run)
  const ills = symptoms.filter(({ isIll }) => isIll)
  const isQuick = run.elapsedMicros < quickMicros
  // Commands that become slower and slower are an illness even where there were few of them.
  if (ills.length > 0 && (!isQuick || ills[0]?.cause === 'throttled')) return ills.map(toFinding)
  const [most] = symptoms
  return [{ cause: 'none', share: 0, ...nobody, sentence: healthySentence(run, isQuick ? undefined : most?.pace) }]
}

/** Those that explain others come before them. */
function symptomsOf(run: RunProfile): readonly Symptom[] {
  const starved = starvation(run)
  const special = [starved ?? throttling(run) ?? stalling(run), ...(starved === undefined ? connectionCaps(run) : [])]
    .filter((one) => one !== undefined)
    .toSorted((one, other) => other.share - one.share)
  const explained = new Set(special.flatMap(({ explains = [] }) => explains))
  const usual = [...serverSymptoms(run), ...storeSymptoms(run), ...ownSymptoms(run)]
    .filter(({ cause, share }) => share >= leastShare && !explained.has(cause))
    .toSorted((one, other) => other.share - one.share)
  return [...special, ...usual]
}

function toFinding({ cause, share, account, mailbox, command, sentence }: Symptom): Finding {
  return { cause, share, account, mailbox, command, sentence }
}
