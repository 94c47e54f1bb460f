import { formatOctets } from '../model/format-octets.ts'
import type { AccountResult, MailboxResult, SyncEvent } from '../sync/events.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatDuration } from './format-duration.ts'
import { safeText } from './safe-text.ts'

/** 0: what changed or failed; 1: how it is done, too; 2: everything. */
export type Detail = 0 | 1 | 2

/** One event as one line for a log; undefined for one that is below the wanted detail. */
export function lineOf(event: SyncEvent, detail: Detail): string | undefined {
  const line =
    importantLine(event) ??
    (detail >= 1 ? workingLine(event) : undefined) ??
    (detail >= 2 ? finestLine(event) : undefined)
  return line === undefined ? undefined : safeText(line)
}

function importantLine(event: SyncEvent): string | undefined {
  if (event.type === 'retry-scheduled') {
    const place = event.mailbox === undefined ? event.account : `${event.account}/${event.mailbox}`
    return `${place}: tries again in ${formatDuration(event.delayMs)}: ${event.message}`
  }
  if (event.type === 'connections-lowered') {
    const left = countOf(event.connections, 'connection')
    return `${event.account}: goes on with ${left}, since the server wants no more: ${event.message}`
  }
  if (event.type === 'mailbox-finished') return isQuiet(event.mailbox) ? undefined : finishedLine(event)
  if (event.type === 'account-finished') return `${event.account.name}: ${accountText(event.account)}`
  return isAboutMailbox(event) ? mailboxChangeLine(event) : undefined
}

type MailboxChange = Extract<SyncEvent, { type: 'mailbox-failed' | 'mailbox-gone' | 'mailbox-renamed' }>

function isAboutMailbox(event: SyncEvent): event is MailboxChange {
  return event.type === 'mailbox-failed' || event.type === 'mailbox-gone' || event.type === 'mailbox-renamed'
}

function mailboxChangeLine(event: MailboxChange): string {
  const place = `${event.account}/${event.mailbox}`
  if (event.type === 'mailbox-failed') return `${place}: failed: ${event.error.message}`
  if (event.type === 'mailbox-renamed') return `${place}: renamed, was ${event.formerly}`
  return `${place}: no longer on the server, ${countOf(event.removed, 'message')} kept`
}

function workingLine(event: SyncEvent): string | undefined {
  if (event.type === 'connection-opened') {
    return `${event.account}: connection ${event.connection} to ${event.host} is open (${event.security})`
  }
  if (event.type === 'server-slowed') {
    return `${event.account}: the server slows down connection ${event.connection}; fewer or slower from here`
  }
  if (event.type === 'connection-closed') return `${event.account}: connection ${event.connection} is closed`
  if (event.type === 'mailboxes-listed') {
    return `${event.account}: ${countOf(event.mailboxes, 'mailbox', 'mailboxes')}, ${event.skipped} not mirrored`
  }
  if (event.type === 'message-failed') {
    return `${event.account}/${event.mailbox}: message ${event.uid} failed: ${event.reason}`
  }
  if (event.type === 'mailbox-listed') {
    const batches = countOf(event.batches, 'batch', 'batches')
    return `${event.account}/${event.mailbox}: ${countOf(event.toFetch, 'message')} to fetch in ${batches}`
  }
  if (event.type === 'messages-linked') {
    return `${event.account}/${event.mailbox}: ${countOf(event.messages, 'message')} held already, not fetched again`
  }
  if (event.type === 'index-progressed') {
    return `${event.store}: ${formatCount(event.indexed)} of ${countOf(event.total, 'new message')} indexed`
  }
  return event.type === 'mailbox-finished' ? finishedLine(event) : undefined
}

function finestLine(event: SyncEvent): string | undefined {
  if (event.type === 'sync-started') return `started: ${event.accounts.join(', ')}`
  if (event.type === 'sync-finished') return `finished after ${formatDuration(event.durationMs)}`
  if (event.type === 'mailbox-planned') return `${event.account}/${event.mailbox}: ${event.tier}: ${event.why}`
  if (event.type === 'mailbox-compared') return `${event.account}/${event.mailbox}: all is compared: ${event.why}`
  if (event.type === 'mailbox-started') {
    return `${event.account}/${event.mailbox}: started on connection ${event.connection}`
  }
  if (event.type !== 'batch-started' && event.type !== 'batch-committed') return undefined
  const messages = countOf(event.messages, 'message')
  return event.type === 'batch-started'
    ? `${event.account}/${event.mailbox}: fetching ${messages} on connection ${event.connection}`
    : `${event.account}/${event.mailbox}: committed ${messages}, ${formatOctets(event.octets)}`
}

function finishedLine({ account, mailbox }: Extract<SyncEvent, { type: 'mailbox-finished' }>): string {
  return `${account}/${mailbox.path}: ${mailboxText(mailbox)}`
}

/** Nothing to tell: it was complete and stayed as it was. */
function isQuiet(mailbox: MailboxResult): boolean {
  return mailbox.complete && mailbox.newMessages + mailbox.flagChanges + mailbox.removed === 0
}

function mailboxText(mailbox: MailboxResult): string {
  const facts = [`${countOf(mailbox.newMessages, 'new message')}, ${formatOctets(mailbox.downloadedOctets)}`]
  if (mailbox.flagChanges > 0) facts.push(countOf(mailbox.flagChanges, 'flag change'))
  if (mailbox.removed > 0) facts.push(`${mailbox.removed} removed`)
  if (mailbox.failed.length > 0) facts.push(`${mailbox.failed.length} failed`)
  if (mailbox.refused > 0) facts.push(`${mailbox.refused} refused`)
  if (!mailbox.complete) facts.push(`incomplete${mailbox.reason === undefined ? '' : `: ${mailbox.reason}`}`)
  return `${facts.join(', ')} (${formatDuration(mailbox.durationMs)})`
}

function accountText({ outcome, error, mailboxes }: AccountResult): string {
  const text = `${outcome}, ${countOf(mailboxes.length, 'mailbox', 'mailboxes')}`
  return error === undefined ? text : `${text}: ${error.message}`
}
