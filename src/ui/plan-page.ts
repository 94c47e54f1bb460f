import type { SyncEvent } from '../sync/events.ts'
import { formatCount } from './format-count.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'
import type { Column } from './table.ts'

export type PlannedMailbox = Extract<SyncEvent, { type: 'mailbox-planned' }>

const columns: readonly Column[] = [
  { title: 'Mailbox', align: 'left', shrink: 'middle' },
  { title: 'Server', align: 'right' },
  { title: 'Mirror', align: 'right' },
  { title: 'To fetch', align: 'right' },
  { title: 'How', align: 'left' },
  { title: 'Why', align: 'left', shrink: 'end' },
]

/** What `sync --dry-run` found. */
export function planPage(plans: readonly PlannedMailbox[], width: number, style: Style): readonly string[] {
  const rows = plans.map(({ account, mailbox, serverMessages, messages, expectedMessages, tier, why }) => [
    { text: `${account}/${mailbox}` },
    { text: serverMessages === undefined ? '?' : formatCount(serverMessages) },
    { text: formatCount(messages) },
    { text: formatCount(expectedMessages), ...(expectedMessages > 0 ? { paint: style.bold } : {}) },
    { text: tier },
    { text: why },
  ])
  return renderTable({ columns, rows, width, paintTitle: style.dim })
}
