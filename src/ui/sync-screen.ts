import { formatOctets } from '../model/format-octets.ts'
import { padEnd, padStart, textWidth, truncateEnd, truncateMiddle } from './cell-width.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatRemaining } from './format-duration.ts'
import { safeText } from './safe-text.ts'
import { mailboxKey, rateOf } from './sync-progress.ts'
import type { ConnectionProgress, SyncProgress, Waiting } from './sync-progress.ts'

const mostRows = 10
const widestAccount = 16
const widestBar = 24

interface RowLayout {
  readonly width: number
  /** Columns of the account's name. */
  readonly account: number
  readonly nowMs: number
}

/** The progress display as lines of at most `columns` - 1 columns: one for all, then one per connection at work. */
export function render(state: SyncProgress, columns: number, nowMs: number): readonly string[] {
  // The last column stays free: some terminals wrap as soon as it is written.
  const width = Math.max(10, columns - 1)
  const working = [...state.connections.values()]
  const accounts = [...working, ...state.waiting.values()].map(({ account }) => textWidth(safeText(account)))
  const layout = { width, nowMs, account: Math.min(widestAccount, Math.floor(width / 4), Math.max(0, ...accounts)) }
  const rows = [
    ...working.map((connection) => connectionRow(state, connection, layout)),
    ...[...state.waiting.values()].map((waiting) => waitingRow(waiting, layout)),
  ]
  const more = rows.length - mostRows
  const shown = more > 1 ? [...rows.slice(0, mostRows), truncateEnd(`  and ${more} more`, width)] : rows
  return [totalLine(state, width, nowMs), ...shown, ...indexRow(state, width)]
}

/** Only while the index is behind. */
function indexRow({ indexed }: SyncProgress, width: number): readonly string[] {
  const stores = [...indexed.values()]
  const done = stores.reduce((sum, store) => sum + store.indexed, 0)
  const total = stores.reduce((sum, store) => sum + store.total, 0)
  if (done >= total) return []
  return [truncateEnd(`  indexed for searching: ${formatCount(done)} of ${formatCount(total)}`, width)]
}

function totalLine(state: SyncProgress, width: number, nowMs: number): string {
  const parts = totalParts(state, nowMs)
  // What matters least goes first: the end of the line.
  for (let count = parts.length; count > 1; count--) {
    const text = parts.slice(0, count).join('  ')
    const room = width - textWidth(text) - 2
    if (room >= 8) return `${bar(state, Math.min(room, widestBar))}  ${text}`
  }
  return truncateEnd(parts.slice(0, 2).join('  '), width)
}

function totalParts(state: SyncProgress, nowMs: number): readonly string[] {
  const { messages, expectedMessages, octets, mailboxes, finishedMailboxes } = state
  if (expectedMessages === 0) {
    const checked = `${formatCount(finishedMailboxes)} of ${countOf(mailboxes.size, 'mailbox', 'mailboxes')} checked`
    return [mailboxes.size === 0 ? 'connecting' : checked, formatRemaining(nowMs - state.startedMs)]
  }
  const total = Math.max(messages, expectedMessages)
  const rate = rateOf(state)
  const parts = [percent(state), `${formatCount(messages)} of ${formatCount(total)}`]
  if (octets > 0) parts.push(formatOctets(octets))
  if (rate === undefined) parts.push(formatRemaining(nowMs - state.startedMs))
  else {
    parts.push(`${formatOctets(rate.octets)}/s`)
    if (total > messages) parts.push(`${formatRemaining(((total - messages) / rate.messages) * 1000)} left`)
  }
  return parts
}

function shareDone({ messages, expectedMessages }: SyncProgress): number {
  return expectedMessages <= 0 ? 0 : Math.min(1, messages / expectedMessages)
}

function percent(state: SyncProgress): string {
  // 100 % is for what is finished.
  const value = state.messages < state.expectedMessages ? Math.min(99, shareDone(state) * 100) : shareDone(state) * 100
  return `${padStart(String(Math.floor(value)), 3)} %`
}

function bar(state: SyncProgress, width: number): string {
  const inner = width - 2
  const done = Math.floor(shareDone(state) * inner)
  return `[${'='.repeat(done)}${done < inner ? '>' : ''}${' '.repeat(Math.max(0, inner - done - 1))}]`
}

function connectionRow(state: SyncProgress, { account, mailbox }: ConnectionProgress, layout: RowLayout): string {
  const { width } = layout
  const name = accountCell(account, layout)
  if (mailbox === undefined) return truncateEnd(`  ${name}  …`, width)
  const progress = state.mailboxes.get(mailboxKey(account, mailbox))
  const counts = progress === undefined ? '' : countsOf(progress.fetched, progress.expected)
  const room = width - textWidth(name) - textWidth(counts) - 6
  if (room < 4) return truncateEnd(`  ${name}  ${safeText(mailbox)}`, width)
  return `  ${name}  ${padEnd(truncateMiddle(safeText(mailbox), room), room)}  ${counts}`
}

function countsOf(fetched: number, expected: number): string {
  return expected === 0 ? 'looking for changes' : `${formatCount(fetched)} of ${formatCount(expected)}`
}

function waitingRow({ account, message, untilMs }: Waiting, layout: RowLayout): string {
  const time = formatRemaining(untilMs - layout.nowMs)
  return truncateEnd(`  ${accountCell(account, layout)}  tries again in ${time}: ${safeText(message)}`, layout.width)
}

function accountCell(account: string, { account: room }: RowLayout): string {
  return padEnd(truncateEnd(safeText(account), room), room)
}
