import type { WatchEvent } from '../sync/watch-events.ts'
import { countOf } from './format-count.ts'
import { formatDuration } from './format-duration.ts'
import { safeText } from './safe-text.ts'
import { lineOf } from './sync-lines.ts'
import type { Detail } from './sync-lines.ts'

/** One event of a watch as one line for a log; undefined for one that is below the wanted detail. */
export function watchLineOf(event: WatchEvent, detail: Detail): string | undefined {
  const line = ownLine(event, detail)
  return line === undefined ? undefined : safeText(line)
}

/** The same of what is not as it should be; undefined for all else. */
export function watchTroubleOf(event: WatchEvent): string | undefined {
  return isTrouble(event) ? watchLineOf(event, 0) : undefined
}

function isTrouble(event: WatchEvent): boolean {
  if (event.type === 'account-state') return event.error !== undefined
  if (event.type === 'mailbox-finished') return !event.mailbox.complete
  if (event.type === 'outbox-flushed') return event.unsent.length > 0
  return event.type === 'reload-failed' || event.type === 'mailbox-failed'
}

function ownLine(event: WatchEvent, detail: Detail): string | undefined {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all others are those of a sync
  switch (event.type) {
    case 'watch-started':
      return `watching ${countOf(event.accounts.length, 'account')}: ${event.accounts.join(', ')}`
    case 'account-state':
      return detail > 0 || event.error !== undefined ? stateLine(event) : undefined
    case 'change-noticed':
      return detail > 0 ? `${event.account}/${event.mailbox}: has changed (${event.by})` : undefined
    case 'new-mail':
      return `${event.account}/${event.mailbox}: new: ${event.from}: ${event.subject}`
    case 'outbox-flushed':
      return sendingLine(event)
    case 'machine-slept':
      return `the machine has slept for ${formatDuration(event.ms)}: all connections are made anew`
    case 'config-reloaded':
      return `configuration read anew: ${event.added.length} added, ${event.removed.length} removed, ${event.changed.length} changed`
    case 'reload-failed':
      return `the configuration stays as it was: ${event.error.message}`
    default:
      return lineOf(event, detail)
  }
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
