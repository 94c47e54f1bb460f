import type { Change } from '../model/change.ts'
import { safeJson } from './safe-text.ts'

/** A line of `log`. */
export function changeJson(change: Change): string {
  const { seq, at, account, mailbox, uidValidity, uid, kind, before, after } = change
  return `${safeJson({ v: 1, seq, at, account, mailbox, uidValidity, uid, kind, before, after })}\n`
}
