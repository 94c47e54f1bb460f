import type { SyncEvent } from '../sync/events.ts'
import type { WatchEvent } from '../sync/watch-events.ts'
import { countOf } from './format-count.ts'
import { formatDuration } from './format-duration.ts'
import { hookReportLine, isOfHooks } from './hook-report.ts'
import type { HookReport } from './hook-report.ts'
import { safeText } from './safe-text.ts'
import { lineOf } from './sync-lines.ts'
import type { Detail } from './sync-lines.ts'

/** What a watch tells of: the mirror, and the hooks that are told beside it. */
export type ReportedEvent =
  | WatchEvent
  | HookReport
  /** A monitor could not be told how it goes. */
  | { readonly type: 'monitor-failed'; readonly why: string }

/** One event of a watch as one line for a log; undefined for one that is below the wanted detail. */
export function watchLineOf(event: ReportedEvent, detail: Detail): string | undefined {
  const line = isOfHooks(event) ? hookReportLine(event, detail) : ownLine(event, detail)
  return line === undefined ? undefined : safeText(line)
}

/** The same of what is not as it should be; undefined for all else. */
export function watchTroubleOf(event: ReportedEvent): string | undefined {
  return isTrouble(event) ? watchLineOf(event, 0) : undefined
}

/** A monitor that was not told notices that itself. */
function isTrouble(event: ReportedEvent): boolean {
  if (event.type === 'account-state') return event.error !== undefined
  if (event.type === 'mailbox-finished') return !event.mailbox.complete
  if (event.type === 'outbox-flushed') return event.unsent.length > 0
  return troubles.has(event.type)
}

const troubles: ReadonlySet<ReportedEvent['type']> = new Set<ReportedEvent['type']>([
  'reload-failed',
  'mailbox-failed',
  'hooks-failed',
  'delivery-failed',
  'change-given-up',
])

function ownLine(event: Exclude<ReportedEvent, HookReport>, detail: Detail): string | undefined {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all others are those of a sync
  switch (event.type) {
    case 'watch-started':
      return `watching ${countOf(event.accounts.length, 'account')}: ${event.accounts.join(', ')}`
    case 'outbox-flushed':
      return sendingLine(event)
    case 'monitor-failed':
      return event.why
    case 'network-changed':
      return detail > 0 ? networkLine(event) : undefined
    case 'machine-slept':
      return `the machine has slept for ${formatDuration(event.ms)}: all connections are made anew`
    case 'config-reloaded':
      return reloadedLine(event)
    case 'reload-failed':
      return `the configuration stays as it was: ${event.error.message}`
    default:
      return accountLine(event, detail)
  }
}

type OfAccount = SyncEvent | Extract<WatchEvent, { type: 'account-state' | 'change-noticed' | 'new-mail' }>

function accountLine(event: OfAccount, detail: Detail): string | undefined {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all others are those of a sync
  switch (event.type) {
    case 'account-state':
      return detail > 0 || event.error !== undefined ? stateLine(event) : undefined
    case 'change-noticed':
      return detail > 0 ? `${event.account}/${event.mailbox}: has changed (${event.by})` : undefined
    case 'new-mail':
      return `${event.account}/${event.mailbox}: new: ${event.from}: ${event.subject}`
    default:
      return lineOf(event, detail)
  }
}

function reloadedLine({ added, removed, changed }: Extract<WatchEvent, { type: 'config-reloaded' }>): string {
  const facts = Object.entries({ added, removed, changed }).filter(([, names]) => names.length > 0)
  const told = facts.map(([what, names]) => `${what} ${names.join(', ')}`)
  return `configuration read anew: ${told.length === 0 ? 'the same accounts' : told.join('; ')}`
}

function networkLine({ gone, come }: Extract<WatchEvent, { type: 'network-changed' }>): string {
  const facts = [
    ...(gone.length > 0 ? [`without ${gone.join(', ')}`] : []),
    ...(come.length > 0 ? [`with ${come.join(', ')}`] : []),
  ]
  return `the network has changed: ${facts.join(', ')}`
}

function stateLine(event: Extract<WatchEvent, { type: 'account-state' }>): string {
  const place = event.mailbox === undefined ? '' : ` in ${event.mailbox}`
  const by = event.by === undefined ? '' : ` (${event.by})`
  const wait = event.waitMs === undefined ? '' : `, tries again in ${formatDuration(event.waitMs)}`
  const why = event.error === undefined ? '' : `: ${event.error.message}`
  return `${event.account}: ${event.state}${place}${by}${wait}${why}`
}

function sendingLine({ sent, queued, unsent }: Extract<WatchEvent, { type: 'outbox-flushed' }>): string {
  const lost = unsent.length === 0 ? '' : `, ${unsent.length} not: ${unsent.map(({ reason }) => reason).join('; ')}`
  return `outbox: ${sent} sent, ${queued} waiting${lost}`
}
