import { textWidth, truncateMiddle } from './cell-width.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'
import type { Column } from './table.ts'

/** A mailbox as the change log has it. */
export interface PastMailbox {
  readonly path: string
  readonly kind: 'imap' | 'local'
  readonly uidValidity: number | undefined
  readonly messages: number
  readonly removed: number
  /** Of both, those whose octets were removed for good since then. */
  readonly pruned: number
  readonly goneAt: string | undefined
}

export interface PastAccount {
  readonly name: string
  readonly store: string
  /** The last change that had happened in its store; 0: none had. */
  readonly seq: number
  readonly at: string | undefined
  readonly mailboxes: readonly PastMailbox[]
}

const columnsOf = (withPruned: boolean): readonly Column[] => [
  { title: 'Mailbox', align: 'left', shrink: 'middle' },
  { title: 'Messages', align: 'right' },
  { title: 'Removed', align: 'right' },
  ...(withPruned ? [{ title: 'Pruned since', align: 'right' } as const] : []),
  { title: 'State', align: 'left', shrink: 'end' },
]

/** What the mirror held then, as tables of at most `width` columns, one per account. */
export function pastStatusPage(accounts: readonly PastAccount[], width: number, style: Style): readonly string[] {
  return accounts.flatMap((account, index) => [...(index === 0 ? [] : ['']), ...accountPage(account, width, style)])
}

function accountPage(account: PastAccount, width: number, style: Style): readonly string[] {
  const { store, mailboxes, seq, at } = account
  const name = safeText(account.name)
  const room = Math.max(8, width - textWidth(name) - 2)
  const title = `${style.bold(name)}  ${style.dim(truncateMiddle(safeText(store), room))}`
  if (mailboxes.length === 0 || at === undefined) return [title, 'nothing had been mirrored yet']
  const withPruned = mailboxes.some(({ pruned }) => pruned > 0)
  const rows = mailboxes.map(({ path, kind, messages, removed, pruned, goneAt }) => [
    { text: kind === 'local' ? `${path} (local)` : path },
    { text: formatCount(messages) },
    { text: formatCount(removed) },
    ...(withPruned ? [{ text: formatCount(pruned) }] : []),
    { text: goneAt === undefined ? '' : `gone since ${formatLocalTime(goneAt)}`, paint: style.dim },
  ])
  const sum = (pick: (mailbox: PastMailbox) => number): string =>
    formatCount(mailboxes.reduce((total, mailbox) => total + pick(mailbox), 0))
  const totals = [
    { text: countOf(mailboxes.filter(({ goneAt }) => goneAt === undefined).length, 'mailbox', 'mailboxes') },
    { text: sum(({ messages }) => messages) },
    { text: sum(({ removed }) => removed) },
    ...(withPruned ? [{ text: sum(({ pruned }) => pruned) }] : []),
    { text: '' },
  ].map((cell) => ({ ...cell, paint: style.bold }))
  const moment = `as it was after change ${formatCount(seq)}, ${formatLocalTime(at)}`
  return [
    title,
    moment,
    ...renderTable({ columns: columnsOf(withPruned), rows: [...rows, totals], width, paintTitle: style.dim }),
  ]
}

/** `status --as-of … --json`. */
export function pastStatusJson(accounts: readonly PastAccount[]): string {
  return safeJson({ v: 1, accounts })
}
