import type { Account } from '../model/account.ts'
import { filterAdmits } from '../model/select.ts'
import { findingsOf } from './finding.ts'
import type { Finding } from './finding.ts'
import { shellWord } from './modes.ts'
import type { MirrorLook } from './ports.ts'
import { countOf, spanText } from './quantities.ts'

/** After so long without a sync it is worth a word. */
const lateMs = 7 * 24 * 60 * 60_000

/** Those that a sync is about: on the server, and not left out by the config. */
export function syncedMailboxes({ mailboxes: filter }: Account, { mailboxes }: MirrorLook): MirrorLook['mailboxes'] {
  return mailboxes.filter(
    ({ path, goneAt, isLocal }) => goneAt === undefined && isLocal !== true && filterAdmits(filter, path),
  )
}

/** When an account was last synced, and what is not complete. */
export function mirrorFindings(account: Account, mirror: MirrorLook, nowMs: number): readonly Finding[] {
  const { note } = findingsOf('sync')
  const { name } = account
  const boxes = syncedMailboxes(account, mirror)
  if (boxes.length === 0) return [note('it was never synced', { remedy: `mailmirror sync ${shellWord(name)}` })]
  return [...lastSync(name, mirror, nowMs), ...incomplete(boxes, name)]
}

function lastSync(name: string, mirror: MirrorLook, nowMs: number): readonly Finding[] {
  const { good, note } = findingsOf('sync')
  const remedy = `mailmirror sync ${shellWord(name)}`
  const ago = nowMs - completedMs(mirror)
  if (ago >= nowMs) return [...endedBadly(mirror, remedy), note('no sync has been completed yet', { remedy })]
  const text = `last completed sync ${spanText(ago)} ago`
  return [...endedBadly(mirror, remedy), ago > lateMs ? note(text, { remedy }) : good(text)]
}

function endedBadly({ lastRun }: MirrorLook, remedy: string): readonly Finding[] {
  const { note, bad } = findingsOf('sync')
  const { outcome, error } = lastRun ?? {}
  if (outcome === 'failed') return [bad(`the last sync failed: ${error ?? 'it did not say why'}`, { remedy })]
  const isCut = outcome === 'killed' || outcome === 'interrupted'
  return isCut ? [note(`the last sync was ${outcome} before its end`, { remedy })] : []
}

/** 0: never. A sync that finds nothing to do leaves the instants of mailboxes alone. */
function completedMs({ lastRun, mailboxes }: MirrorLook): number {
  const ended = lastRun?.outcome === 'complete' ? lastRun.endedAt : undefined
  const instants = [...mailboxes.map(({ lastSyncedAt }) => lastSyncedAt), ended]
  return instants.reduce((latest, instant = '1970-01-01') => Math.max(latest, Date.parse(instant)), 0)
}

function incomplete(boxes: MirrorLook['mailboxes'], name: string): readonly Finding[] {
  const { good, bad } = findingsOf('complete')
  const held = `${countOf(boxes.length, 'mailbox', 'mailboxes')}, ${countOf(
    boxes.reduce((sum, { messages }) => sum + messages, 0),
    'message',
  )}`
  const missing = boxes.filter(({ reason }) => reason !== undefined)
  const [first, ...others] = missing
  if (first === undefined) return [good(`${held}, all complete`)]
  const more = others.length === 0 ? '' : ` (and ${countOf(others.length, 'other mailbox', 'other mailboxes')})`
  return [
    bad(`${first.path} is not complete: ${first.reason}${more}`, {
      remedy: `mailmirror sync ${shellWord(name)}`,
      details: others.map(({ path, reason }) => `${path}: ${reason}`),
    }),
  ]
}
