import { formatOctets } from '../model/format-octets.ts'
import type { StoredRun } from '../profile/profile-runs.ts'
import type { SlowMailbox } from '../profile/slow-mailboxes.ts'
import { bar } from './bar.ts'
import { formatCount } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { formatMicros } from './format-micros.ts'
import { safeJson } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

interface SlowLayout {
  readonly json: boolean
  readonly columns: number
  readonly style: Style
}

const barRoom = 12

/** `status --slow`. */
export function slowLines(
  { id, startedAtMs, profile }: StoredRun,
  rows: readonly SlowMailbox[],
  { json, columns, style }: SlowLayout,
): readonly string[] {
  const startedAt = new Date(startedAtMs).toISOString()
  if (json) {
    const mailboxes = rows.map(({ micros, mailbox: path, ...row }) => ({ ...row, path, ms: micros / 1000 }))
    return [safeJson({ v: 1, run: id, startedAt, elapsedMs: profile.elapsedMicros / 1000, mailboxes })]
  }
  const table = renderTable({
    columns: [
      { title: '', align: 'left' },
      { title: 'Time', align: 'right' },
      { title: 'Mostly', align: 'left', shrink: 'end' },
      { title: 'Commands', align: 'right' },
      { title: 'Received', align: 'right' },
      { title: 'Mailbox', align: 'left', shrink: 'middle' },
    ],
    rows: rows.map(({ account, mailbox, micros, state, commands, receivedOctets }) => [
      { text: bar(micros, profile.elapsedMicros, barRoom) },
      { text: formatMicros(micros) },
      { text: state },
      { text: formatCount(commands) },
      { text: formatOctets(receivedOctets) },
      { text: mailbox === '' ? `${account} (no mailbox)` : `${account}/${mailbox}` },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
  return [`The sync of ${formatLocalTime(startedAt)} took ${formatMicros(profile.elapsedMicros)}:`, '', ...table]
}
