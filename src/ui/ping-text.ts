import type { SyncFinished } from '../sync/events.ts'
import { summaryLine } from './sync-summary.ts'

/** A run in one line for a monitor: counts and codes, never a name or what a server said. */
export function pingText(end: {
  readonly status: number
  readonly code: string | undefined
  readonly result: SyncFinished | undefined
}): string {
  const { status, code, result } = end
  const summary = result === undefined ? 'mailmirror: no result' : summaryLine(result)
  if (status === 0) return summary
  const codes = new Set([code, ...(result?.accounts ?? []).map(({ error }) => error?.code)])
  const named = [...codes].filter((one) => one !== undefined).join(', ')
  return `${summary}, exit status ${status}${named === '' ? '' : ` (${named})`}`
}
