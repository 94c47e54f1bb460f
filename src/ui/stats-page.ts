import { formatOctets } from '../model/format-octets.ts'
import type { LargeAttachment, Stats } from '../search/stats.ts'
import { bar } from './bar.ts'
import { countOf, formatCount } from './format-count.ts'
import { safeJson } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'
import type { Cell, Column } from './table.ts'

interface StatsLayout {
  readonly columns: number
  readonly style: Style
  /** Bars are for eyes: not where a program reads along. */
  readonly withBars: boolean
}

interface Plot {
  readonly title: string
  readonly rows: readonly { readonly name: string; readonly count: number; readonly octets: number }[]
}

const barRoom = 20
const narrowestWithBars = 60

/** Tables for people, the largest first, years newest first. */
export function statsPage(stats: Stats, layout: StatsLayout): readonly string[] {
  const { all, accounts, mailboxes, years, senders, attachments, largest } = stats
  const { style } = layout
  const places = `${countOf(mailboxes.length, 'mailbox', 'mailboxes')} of ${countOf(accounts.length, 'account')}`
  const ofMailbox = mailboxes.map(({ account, path, messages: count, octets }) => ({
    name: `${account}/${path}`,
    count,
    octets,
  }))
  const ofYear = years.map(({ year, count, octets }) => ({
    name: year === undefined ? 'no date' : `${year}`,
    count,
    octets,
  }))
  const ofSender = senders.map(({ address, name, count, octets }) => ({
    name: address === '' ? name : address,
    count,
    octets,
  }))
  return [
    `${style.bold(countOf(all.count, 'message'))}, ${formatOctets(all.octets)}, in ${places}`,
    `${countOf(attachments.count, 'attachment')}, ${formatOctets(attachments.octets)} decoded`,
    ...(accounts.length > 1 ? plot({ title: 'Account', rows: accounts }, layout) : []),
    ...plot({ title: 'Mailbox', rows: ofMailbox }, layout),
    ...plot({ title: 'Year', rows: ofYear }, layout),
    ...plot({ title: 'Largest senders', rows: ofSender }, layout),
    ...attachmentTable(largest, layout),
  ]
}

/** `stats --json`. */
export function statsJson(stats: Stats): string {
  const { all, accounts, mailboxes, years, senders, attachments, largest } = stats
  return safeJson({
    v: 1,
    messages: all.count,
    octets: all.octets,
    attachments: { count: attachments.count, octets: attachments.octets },
    accounts: accounts.map(({ name, count, octets }) => ({ name, messages: count, octets })),
    mailboxes: mailboxes.map(({ account, path, messages, octets }) => ({ account, path, messages, octets })),
    // A year that nobody tells is null.
    years: years.map(({ year = null, count, octets }) => ({ year, messages: count, octets })),
    senders: senders.map(({ name, address, count, octets }) => ({ name, address, messages: count, octets })),
    largestAttachments: largest.map(({ id, part, name, type, octets, subject }) => ({
      id,
      part,
      name,
      type,
      octets,
      subject,
    })),
  })
}

function plot({ title, rows }: Plot, { columns, style, withBars }: StatsLayout): readonly string[] {
  if (rows.length === 0) return []
  const hasBars = withBars && columns >= narrowestWithBars
  const most = Math.max(...rows.map(({ octets }) => octets))
  const shown: readonly Column[] = [
    { title, align: 'left', shrink: 'middle' },
    { title: 'Messages', align: 'right' },
    { title: 'Size', align: 'right' },
    ...(hasBars ? [{ title: '', align: 'left' } as const] : []),
  ]
  const cells = rows.map(({ name, count, octets }): readonly Cell[] => [
    { text: name },
    { text: formatCount(count) },
    { text: formatOctets(octets) },
    ...(hasBars ? [{ text: bar(octets, most, barRoom), paint: style.green }] : []),
  ])
  return ['', ...renderTable({ columns: shown, rows: cells, width: columns, paintTitle: style.dim })]
}

function attachmentTable(largest: readonly LargeAttachment[], { columns, style }: StatsLayout): readonly string[] {
  if (largest.length === 0) return []
  const rows = largest.map(({ id, part, name, type, octets, subject }): readonly Cell[] => [
    { text: formatOctets(octets) },
    { text: name ?? `(${type})` },
    { text: subject ?? '(no subject)' },
    { text: `show ${id} --part ${part}`, paint: style.dim },
  ])
  const titles: readonly Column[] = [
    { title: 'Size', align: 'right' },
    { title: 'Largest attachments', align: 'left', shrink: 'middle' },
    { title: 'Subject', align: 'left', shrink: 'end' },
    { title: 'Get it', align: 'left' },
  ]
  return ['', ...renderTable({ columns: titles, rows, width: columns, paintTitle: style.dim })]
}
