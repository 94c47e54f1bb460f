import { AppError, messageOf } from '../model/errors.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import type { DoctorClock } from './ports.ts'

export interface Check {
  /** Of its findings, where it has none of its own to give. */
  readonly name: string
  readonly limitMs: number
  readonly run: (signal: AbortSignal) => Promise<readonly Finding[]>
}

/** Trouble that passes by itself. */
const passing: ReadonlySet<string> = new Set(['THROTTLED', 'STORE_LOCKED', 'BUDGET_SPENT'])

/** Runs a check within its limit. What it throws is its finding; only an interruption of the whole command is thrown. */
export async function runCheck(
  { name, limitMs, run }: Check,
  clock: DoctorClock,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const over = new AbortController()
  const ended = new AbortController()
  const limit = clock.delay(limitMs, AbortSignal.any([signal, ended.signal])).then(() => 'late' as const)
  // It rejects when it is no longer needed.
  limit.catch(() => undefined)
  try {
    const found = await Promise.race([run(AbortSignal.any([signal, over.signal])), limit])
    return found === 'late' ? [tooLate(name, limitMs)] : found
  } catch (error) {
    signal.throwIfAborted()
    return [findingOf(name, error)]
  } finally {
    over.abort()
    ended.abort()
  }
}

/** What an error says, as a finding. */
function findingOf(check: string, error: unknown): Finding {
  const { note, bad } = findingsOf(check)
  if (!(error instanceof AppError)) {
    const hint = 'please report this with the output of `mailmirror doctor --debug`'
    return bad(`it could not be checked: ${messageOf(error)}`, { remedy: hint })
  }
  return (passing.has(error.code) ? note : bad)(error.message, { remedy: error.hint })
}

function tooLate(check: string, limitMs: number): Finding {
  return findingsOf(check).bad(`it was not done within ${limitMs / 1000} s`, {
    remedy: 'look at what is slow there, then run the command again',
  })
}
