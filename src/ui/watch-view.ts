import { formatOctets } from '../model/format-octets.ts'
import type { WatchEvent, WatchState } from '../sync/watch-events.ts'
import { padEnd, padStart, truncateEnd, truncateMiddle } from './cell-width.ts'
import type { KeyName } from './edit-line.ts'
import { countOf } from './format-count.ts'
import { formatRemaining } from './format-duration.ts'
import { hookReportLine, isOfHooks } from './hook-report.ts'
import type { HookReport } from './hook-report.ts'
import { safeText } from './safe-text.ts'
import type { Paint, Style } from './style.ts'
import type { ReportedEvent } from './watch-lines.ts'

/** One account of a watch, as shown. Texts are safe. */
interface AccountRow {
  readonly name: string
  readonly state: WatchState | 'starting'
  /** A pass of everything is under way. */
  readonly isSyncing: boolean
  readonly mailbox: string
  /** Since when it is in this state. */
  readonly sinceMs: number
  readonly last: string
  readonly lastMs: number | undefined
  readonly newMessages: number
}

interface FeedLine {
  readonly atMs: number
  readonly text: string
}

/** What the screen of a watch shows. */
export interface WatchView {
  readonly startedMs: number
  readonly accounts: ReadonlyMap<string, AccountRow>
  /** The newest first. */
  readonly feed: readonly FeedLine[]
  /** Octets by second, the latest minute. */
  readonly octets: ReadonlyMap<number, number>
  readonly connections: number
  readonly newMessages: number
  /** The first account that is shown. */
  readonly scroll: number
  readonly isHelp: boolean
  readonly note: string
}

const mostFed = 200
const rateSeconds = 60

export function openWatchView(nowMs: number): WatchView {
  return {
    startedMs: nowMs,
    accounts: new Map(),
    feed: [],
    octets: new Map(),
    connections: 0,
    newMessages: 0,
    scroll: 0,
    isHelp: false,
    note: '',
  }
}

/** What is shown after these events, which happened by `nowMs`. */
export function reduceWatch(view: WatchView, events: readonly ReportedEvent[], nowMs: number): WatchView {
  return events.reduce((before, event) => afterEvent(before, event, nowMs), view)
}

function afterEvent(view: WatchView, event: ReportedEvent, nowMs: number): WatchView {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most of what happens is not shown
  switch (event.type) {
    case 'watch-started':
      return { ...view, accounts: new Map(event.accounts.map((name) => [name, startOf(name, nowMs)])) }
    case 'connection-opened':
      return { ...view, connections: view.connections + 1 }
    case 'connection-closed':
      return { ...view, connections: Math.max(0, view.connections - 1) }
    case 'batch-committed':
      return { ...view, octets: withOctets(view.octets, event.octets, nowMs) }
    case 'new-mail':
      return fed(view, `${place(event)}  ${safeText(event.from)}: ${safeText(event.subject)}`, nowMs)
    case 'config-reloaded':
      return reloaded(view, event, nowMs)
    default:
      return isOfHooks(event) ? afterHookReport(view, event) : afterMachineEvent(view, event, nowMs)
  }
}

function afterMachineEvent(view: WatchView, event: Exclude<ReportedEvent, HookReport>, nowMs: number): WatchView {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most of what happens is not shown
  switch (event.type) {
    case 'machine-slept':
      return { ...view, note: `slept for ${formatRemaining(event.ms)}, connected anew` }
    case 'network-changed':
      return { ...view, note: 'the network has changed' }
    case 'reload-failed':
      return { ...view, note: `configuration not read: ${safeText(event.error.message)}` }
    case 'monitor-failed':
      return { ...view, note: safeText(event.why) }
    case 'outbox-flushed':
      return { ...view, note: `outbox: ${event.sent} sent, ${event.queued} waiting` }
    default:
      return afterAccountEvent(view, event, nowMs)
  }
}

function afterHookReport(view: WatchView, report: HookReport): WatchView {
  // A failure is noted each time: other notes have taken its place.
  const line = hookReportLine(report, report.type === 'delivery-failed' ? 1 : 0)
  return line === undefined ? view : { ...view, note: safeText(line) }
}

function afterAccountEvent(view: WatchView, event: WatchEvent, nowMs: number): WatchView {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most of what happens is not shown
  switch (event.type) {
    case 'account-state': {
      const { state, account, mailbox = '', error } = event
      if (state === 'syncing') return withAccount(view, account, { isSyncing: true })
      const told = error === undefined ? {} : { last: safeText(error.message), lastMs: nowMs }
      return withAccount(view, account, { state, mailbox: safeText(mailbox), sinceMs: nowMs, ...told })
    }
    case 'account-finished':
      return withAccount(view, event.account.name, { isSyncing: false })
    case 'change-noticed':
      return withAccount(view, event.account, { last: `${safeText(event.mailbox)} has changed`, lastMs: nowMs })
    case 'mailbox-finished':
      return afterMailbox(view, event, nowMs)
    case 'retry-scheduled':
      return withAccount(view, event.account, { last: safeText(event.message), lastMs: nowMs })
    default:
      return view
  }
}

function afterMailbox(
  view: WatchView,
  { account, mailbox }: Extract<WatchEvent, { type: 'mailbox-finished' }>,
  nowMs: number,
): WatchView {
  const { newMessages, flagChanges, removed } = mailbox
  if (newMessages + flagChanges + removed === 0) return view
  const facts = [
    ...(newMessages > 0 ? [`${newMessages} new`] : []),
    ...(flagChanges > 0 ? [countOf(flagChanges, 'flag')] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ]
  const row = view.accounts.get(account)
  const change = {
    last: `${safeText(mailbox.path)}: ${facts.join(', ')}`,
    lastMs: nowMs,
    newMessages: (row?.newMessages ?? 0) + newMessages,
  }
  return { ...withAccount(view, account, change), newMessages: view.newMessages + newMessages }
}

const place = ({ account, mailbox }: { readonly account: string; readonly mailbox: string }): string =>
  `${safeText(account)}/${safeText(mailbox)}`

function startOf(name: string, nowMs: number): AccountRow {
  const start = {
    state: 'starting',
    isSyncing: false,
    mailbox: '',
    last: '',
    lastMs: undefined,
    newMessages: 0,
  } as const
  return { name: safeText(name), sinceMs: nowMs, ...start }
}

function withAccount(view: WatchView, name: string, change: Partial<AccountRow>): WatchView {
  const row = view.accounts.get(name)
  if (row === undefined) return view
  return { ...view, accounts: new Map([...view.accounts, [name, { ...row, ...change }]]) }
}

function reloaded(
  view: WatchView,
  { added, removed, changed }: Extract<WatchEvent, { type: 'config-reloaded' }>,
  nowMs: number,
): WatchView {
  const accounts = new Map(view.accounts)
  for (const name of removed) accounts.delete(name)
  for (const name of [...added, ...changed]) accounts.set(name, accounts.get(name) ?? startOf(name, nowMs))
  return { ...view, accounts, note: 'configuration read anew' }
}

function fed(view: WatchView, text: string, atMs: number): WatchView {
  return { ...view, feed: [{ atMs, text }, ...view.feed].slice(0, mostFed) }
}

function withOctets(before: ReadonlyMap<number, number>, octets: number, nowMs: number): ReadonlyMap<number, number> {
  const second = Math.floor(nowMs / 1000)
  const recent = [...before].filter(([one]) => one > second - rateSeconds)
  return new Map([...recent, [second, (before.get(second) ?? 0) + octets]])
}

/** After a key. `isOver`: the user leaves. */
export function pressWatch(
  view: WatchView,
  key: { readonly input: string; readonly name: KeyName | undefined },
): { readonly view: WatchView; readonly isOver: boolean } {
  if (key.input === 'q') return { view, isOver: true }
  if (key.input === '?') return { view: { ...view, isHelp: !view.isHelp }, isOver: false }
  if (key.name === 'escape') return { view: { ...view, isHelp: false }, isOver: false }
  const steps: Partial<Readonly<Record<KeyName, number>>> = {
    up: -1,
    down: 1,
    pageUp: -10,
    pageDown: 10,
    home: -1e6,
    end: 1e6,
  }
  const step = key.name === undefined ? 0 : (steps[key.name] ?? 0)
  const scroll = Math.max(0, Math.min(view.accounts.size - 1, view.scroll + step))
  return { view: { ...view, scroll }, isOver: false }
}

export interface WatchLayout {
  readonly columns: number
  readonly rows: number
  readonly style: Style
  readonly nowMs: number
}

const help = [
  'listening  the server tells of changes (IDLE or NOTIFY)',
  'polling    the server is asked now and then',
  'syncing    everything is compared',
  'waiting    the server failed; it is tried again by itself',
  'parked     somebody has to mend it: see what it says; SIGHUP tries again',
  '',
  '↑ ↓ PgUp PgDn Home End   accounts',
  '?                        this, and back',
  'q                        leave; what is mirrored stays',
]

/** The whole screen: exactly so many lines, none wider than it. */
export function watchLines(view: WatchView, layout: WatchLayout): readonly string[] {
  const { columns, rows, style } = layout
  const body = Math.max(0, rows - 3)
  const middle = view.isHelp ? help.map((line) => truncateEnd(line, columns)) : middleLines(view, layout, body)
  const filled = [...middle.slice(0, body), ...Array.from({ length: Math.max(0, body - middle.length) }, () => '')]
  const keys = truncateEnd(view.note === '' ? 'q quit   ? help   ↑↓ scroll' : `q quit   ? help   ${view.note}`, columns)
  return [style.bold(truncateEnd(headLine(view, layout), columns)), '', ...filled, style.dim(keys)].slice(0, rows)
}

function headLine(view: WatchView, { nowMs }: WatchLayout): string {
  const second = Math.floor(nowMs / 1000)
  const octets = [...view.octets].reduce((sum, [one, count]) => (one > second - rateSeconds ? sum + count : sum), 0)
  const span = Math.max(1, Math.min(rateSeconds, (nowMs - view.startedMs) / 1000))
  return [
    'mailmirror watch',
    countOf(view.accounts.size, 'account'),
    countOf(view.connections, 'connection'),
    `${view.newMessages} new`,
    `${formatOctets(Math.round(octets / span))}/s`,
    `up ${formatRemaining(Math.max(1, nowMs - view.startedMs))}`,
  ].join(' · ')
}

function middleLines(view: WatchView, layout: WatchLayout, room: number): readonly string[] {
  const most = Math.max(1, Math.floor(room / 2) - 2)
  const rows = [...view.accounts.values()]
  const first = Math.min(view.scroll, Math.max(0, rows.length - most))
  const shown = rows.slice(first, first + most)
  const hidden = rows.length - shown.length
  const more = hidden > 0 ? [layout.style.dim(`${hidden} more accounts`)] : []
  const accounts = [layout.style.dim(heading(layout)), ...shown.map((row) => accountLine(row, layout)), ...more]
  const feedRoom = Math.max(0, room - accounts.length - 2)
  const feed = view.feed.slice(0, feedRoom).map((line) => feedLine(line, layout))
  const title = layout.style.bold('New mail')
  return [...accounts, '', title, ...(feed.length === 0 ? [layout.style.dim('none yet')] : feed)]
}

const nameWidth = 16
const stateWidth = 20
const ageWidth = 7

const fixedWidth = nameWidth + stateWidth + 2 * ageWidth + 4

function heading({ columns }: WatchLayout): string {
  const ages = `${padStart('since', ageWidth)} ${padStart('last', ageWidth)}`
  return truncateEnd(`${padEnd('account', nameWidth)} ${padEnd('state', stateWidth)} ${ages}  event`, columns)
}

function accountLine(row: AccountRow, { columns, style, nowMs }: WatchLayout): string {
  const name = padEnd(truncateMiddle(row.name, nameWidth), nameWidth)
  const what = `${row.state}${row.mailbox === '' ? '' : ` ${row.mailbox}`}${row.isSyncing ? ' +sync' : ''}`
  const state = paintOf(row, style)(padEnd(truncateEnd(what, stateWidth), stateWidth))
  const since = padStart(formatRemaining(nowMs - row.sinceMs), ageWidth)
  const last = padStart(row.lastMs === undefined ? '' : formatRemaining(nowMs - row.lastMs), ageWidth)
  return `${name} ${state} ${since} ${last}  ${truncateEnd(row.last, Math.max(0, columns - fixedWidth - 1))}`
}

function paintOf({ state, isSyncing }: AccountRow, style: Style): Paint {
  if (state === 'parked') return style.red
  if (state === 'waiting') return style.yellow
  return state === 'listening' && !isSyncing ? style.green : (text) => text
}

function feedLine({ atMs, text }: FeedLine, { columns, style, nowMs }: WatchLayout): string {
  const age = padStart(formatRemaining(nowMs - atMs), ageWidth)
  return `${style.dim(age)}  ${truncateEnd(text, Math.max(0, columns - ageWidth - 2))}`
}
