import type { IndexState } from '../search/search-reader.ts'
import type { AccountState, MailboxState } from '../sync/status.ts'
import { textWidth, truncateMiddle } from './cell-width.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'
import type { Cell, Column } from './table.ts'

interface StatusColumn extends Column {
  /** Narrower terminals go without it. */
  readonly from: number
}

const columns: readonly StatusColumn[] = [
  { title: 'Mailbox', align: 'left', shrink: 'middle', from: 0 },
  { title: 'Messages', align: 'right', from: 0 },
  { title: 'Removed', align: 'right', from: 48 },
  { title: 'Failed', align: 'right', from: 48 },
  { title: 'Last sync', align: 'left', from: 68 },
  { title: 'State', align: 'left', shrink: 'end', from: 0 },
]

/** What the mirror holds, as tables of at most `width` columns, one per account. */
export function statusPage(accounts: readonly AccountState[], width: number, style: Style): readonly string[] {
  return accounts.flatMap((account, index) => [...(index === 0 ? [] : ['']), ...accountPage(account, width, style)])
}

/** Every reason in full, for whom the table cuts it off. */
export function statusReasons(accounts: readonly AccountState[]): readonly string[] {
  const reasons = accounts.flatMap(({ name, mailboxes }) =>
    mailboxes
      .filter(({ reason, goneAt }) => reason !== undefined && goneAt === undefined)
      .map(({ path, reason = '' }) => `${safeText(`${name}/${path}`)}: ${safeText(reason)}`),
  )
  return reasons.length === 0 ? [] : ['', ...reasons]
}

/** The index of a store. */
export interface StoreIndex {
  /** Path of the store's file of facts. */
  readonly store: string
  /** undefined: it cannot be read. */
  readonly state: IndexState | undefined
  /** Why not. */
  readonly trouble: string | undefined
}

/** What a search would miss, and what to do; nothing where it misses nothing. */
export function indexLines(indexes: readonly StoreIndex[]): readonly string[] {
  const lines = indexes.flatMap(({ store, state, trouble }) => {
    const of = indexes.length > 1 ? ` of ${safeText(store)}` : ''
    if (state === undefined)
      return [`The index${of} cannot be read (\`mailmirror reindex\` makes it anew): ${safeText(trouble ?? '')}`]
    const { pending, stale, troubled } = state
    return [
      ...told(pending, `cannot be searched yet${of}: a sync goes on by itself, or \`mailmirror reindex --pending\``),
      ...told(stale, `indexed by another version${of}: \`mailmirror reindex --pending\` does it anew`),
      ...told(troubled, `found by what could be read${of}: the rest is damaged, or beyond a limit`),
    ]
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

function told(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${countOf(count, 'message')} ${what}`]
}

/** `status --json`. */
export function statusJson(accounts: readonly AccountState[], indexes: readonly StoreIndex[]): string {
  return safeJson({
    v: 1,
    accounts: accounts.map(({ name, store, mailboxes, lastRun }) => ({
      name,
      store,
      mailboxes: mailboxes.map(mailboxJson),
      lastRun,
    })),
    indexes: indexes.map(({ store, state, trouble }) => ({ store, ...state, trouble })),
  })
}

function mailboxJson({ isLocal, ...mailbox }: MailboxState): unknown {
  const kind = isLocal === true ? 'local' : 'imap'
  const { path, uidValidity, messages, removed, failed, complete, lastSyncedAt, refused, reason, goneAt } = mailbox
  return { path, kind, uidValidity, messages, removed, failed, complete, lastSyncedAt, refused, reason, goneAt }
}

function accountPage(state: AccountState, width: number, style: Style): readonly string[] {
  const { name, store, mailboxes } = state
  const account = safeText(name)
  const room = Math.max(8, width - textWidth(account) - 2)
  const title = `${style.bold(account)}  ${style.dim(truncateMiddle(safeText(store), room))}`
  const trouble = lastRunText(state)
  const told = trouble === undefined ? [title] : [title, style.yellow(trouble)]
  if (mailboxes.length === 0) return [...told, `never synced: run \`mailmirror sync ${account}\``]
  const rows = [...mailboxes.map((mailbox) => rowOf(mailbox, style)), totalsRow(mailboxes, style)]
  const fits = (_: unknown, index: number): boolean => (columns[index]?.from ?? 0) <= width
  const shown = { columns: columns.filter(fits), rows: rows.map((row) => row.filter(fits)) }
  return [...told, ...renderTable({ ...shown, width, paintTitle: style.dim })]
}

/** Only what the mailboxes do not say. */
function lastRunText({ lastRun }: AccountState): string | undefined {
  if (lastRun === undefined) return undefined
  const { outcome, startedAt, endedAt, error } = lastRun
  if (outcome === undefined)
    return `a sync began at ${formatLocalTime(startedAt)} and has not ended: it runs, or was killed`
  if (outcome === 'complete' || outcome === 'incomplete') return undefined
  const why = error === undefined ? '' : `: ${safeText(error)}`
  return `the last sync was ${endedOf(outcome)} at ${formatLocalTime(endedAt ?? startedAt)}${why}`
}

/** It failed, and was interrupted or killed. */
const endedOf = (outcome: string): string => (outcome === 'failed' ? 'a failure' : safeText(outcome))

function rowOf(mailbox: MailboxState, style: Style): readonly Cell[] {
  const { path, isLocal, messages, removed, failed, lastSyncedAt } = mailbox
  return [
    { text: isLocal === true ? `${path} (local)` : path },
    { text: formatCount(messages) },
    { text: formatCount(removed) },
    failed > 0 ? { text: formatCount(failed), paint: style.red } : { text: '0' },
    { text: lastSyncedAt === undefined ? 'never' : formatLocalTime(lastSyncedAt) },
    stateCell(mailbox, style),
  ]
}

function stateCell({ complete, reason, goneAt, refused, lastSyncedAt }: MailboxState, style: Style): Cell {
  if (goneAt !== undefined) return { text: `gone since ${formatLocalTime(goneAt)}`, paint: style.dim }
  if (complete) return { text: refused > 0 ? `complete, ${refused} refused` : 'complete', paint: style.green }
  const why = reason ?? (lastSyncedAt === undefined ? 'never completed' : 'incomplete')
  return { text: why, paint: style.yellow }
}

function totalsRow(mailboxes: readonly MailboxState[], style: Style): readonly Cell[] {
  const sum = (pick: (mailbox: MailboxState) => number): string =>
    formatCount(mailboxes.reduce((total, mailbox) => total + pick(mailbox), 0))
  const present = mailboxes.filter(({ goneAt }) => goneAt === undefined)
  const bad = present.filter(({ complete }) => !complete).length
  return [
    { text: countOf(present.length, 'mailbox', 'mailboxes'), paint: style.bold },
    { text: sum(({ messages }) => messages), paint: style.bold },
    { text: sum(({ removed }) => removed), paint: style.bold },
    { text: sum(({ failed }) => failed), paint: style.bold },
    { text: '' },
    { text: bad === 0 ? 'all complete' : `${bad} incomplete`, paint: style.bold },
  ]
}
