import { formatOctets } from '../model/format-octets.ts'
import type { OutboxEntry } from '../send/outbox.ts'
import { formatLocalTime } from './format-date.ts'
import { safeText } from './safe-text.ts'
import type { Paint, Style } from './style.ts'
import { renderTable } from './table.ts'

export interface NamedEntry {
  readonly entry: OutboxEntry
  /** As the commands take it. */
  readonly name: string
}

interface Layout {
  readonly columns: number
  readonly style: Style
}

/** The outbox as a table, oldest first; a line for each message that did not go out as it should. */
export function outboxTable(entries: readonly NamedEntry[], { columns, style }: Layout): readonly string[] {
  if (entries.length === 0) return []
  const table = renderTable({
    columns: [
      { title: 'ID', align: 'right' },
      { title: 'STATE', align: 'left' },
      { title: 'QUEUED', align: 'left' },
      { title: 'TO', align: 'left', shrink: 'end' },
      { title: 'SUBJECT', align: 'left', shrink: 'end' },
    ],
    rows: entries.map(({ entry, name }) => [
      { text: name },
      { text: stateOf(entry), paint: paintOf(entry, style) },
      { text: formatLocalTime(entry.queuedAtMs) },
      { text: entry.recipients.map(({ address }) => address).join(', ') },
      { text: entry.subject },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
  return table
}

/** Not everybody may have it. */
function stateOf({ state, recipients }: OutboxEntry): string {
  const count = (wanted: string): number => recipients.filter((one) => one.state === wanted).length
  const [accepted, refused] = [count('accepted'), count('refused')]
  if (accepted === 0 || accepted === recipients.length) return state
  return `${state}, ${refused > 0 ? `${refused} refused` : `${accepted} sent`}`
}

function paintOf({ state, recipients }: OutboxEntry, { red, yellow, green }: Style): Paint {
  if (state === 'failed') return red
  if (state === 'unknown' || recipients.some((one) => one.state === 'refused')) return yellow
  return state === 'sent' ? green : (text) => text
}

/** One message of the outbox, without its text. */
export function outboxLines({ entry, name }: NamedEntry): readonly string[] {
  const { account, messageId, from, subject, octets, state, attempts, queuedAtMs, nextTryMs, reply, copy } = entry
  const times = attempts === 1 ? 'once' : `${attempts} times`
  const lines = [
    `Outbox ${name}: ${state}`,
    `  account:    ${account}`,
    `  queued:     ${formatLocalTime(queuedAtMs)}, tried ${attempts === 0 ? 'not yet' : times}`,
    ...(state === 'queued' && nextTryMs !== undefined ? [`  next try:   ${formatLocalTime(nextTryMs)}`] : []),
    `  from:       ${from === '' ? '<>' : from}`,
    `  subject:    ${subject}`,
    `  message-id: ${messageId}`,
    `  size:       ${octets === 0 ? 'let go: its copy is in the \\Sent mailbox' : formatOctets(octets)}`,
    `  copy:       ${copies[copy]}`,
    ...(reply === undefined ? [] : [`  server:     ${reply}`]),
    ...entry.recipients.map(
      ({ address, state: own, reply: words }) =>
        `  ${own.padEnd(11)} ${address}${words === undefined ? '' : `: ${words}`}`,
    ),
  ]
  return lines.map((line) => safeText(line))
}

const copies = {
  wanted: 'not filed yet',
  appended: 'in the \\Sent mailbox',
  provider: 'kept by the provider',
  'not-wanted': 'none',
} as const
