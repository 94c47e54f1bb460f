import type { WatchEvent, WatchState } from '../sync/watch-events.ts'
import { countOf } from './format-count.ts'
import { formatRemaining } from './format-duration.ts'
import { hookReportLine, isOfHooks } from './hook-report.ts'
import type { HookReport } from './hook-report.ts'
import { safeText } from './safe-text.ts'
import type { ReportedEvent } from './watch-lines.ts'

/** One account of a watch, as shown. Texts are safe. */
export interface AccountRow {
  readonly name: string
  readonly state: WatchState | 'starting'
  /** A pass of everything is under way. */
  readonly isSyncing: boolean
  readonly mailbox: string
  /** Since when it is in this state. */
  readonly sinceMs: number
  /** When it does something else; undefined: that depends. */
  readonly untilMs: number | undefined
  /** Why it waits or is parked; empty: it does not. */
  readonly trouble: string
  readonly last: string
  readonly lastMs: number | undefined
  readonly newMessages: number
}

export interface FeedLine {
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
  /** What concerns no account, or all of them, and since when. */
  readonly note: { readonly text: string; readonly atMs: number } | undefined
}

const mostFed = 200
/** The span that the throughput is told of. */
export const rateSeconds = 60

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
    note: undefined,
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
      return event.accounts.reduce((before, name) => withAccount(before, name, { sinceMs: nowMs }), view)
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
      return isOfHooks(event) ? afterHookReport(view, event, nowMs) : afterMachineEvent(view, event, nowMs)
  }
}

function afterMachineEvent(view: WatchView, event: Exclude<ReportedEvent, HookReport>, nowMs: number): WatchView {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most of what happens is not shown
  switch (event.type) {
    case 'machine-slept':
      return noted(view, `slept for ${formatRemaining(event.ms)}, connected anew`, nowMs)
    case 'network-changed':
      return noted(view, 'the network has changed', nowMs)
    case 'reload-failed':
      return noted(view, `configuration not read: ${safeText(event.error.message)}`, nowMs)
    case 'monitor-failed':
      return noted(view, safeText(event.why), nowMs)
    case 'outbox-flushed':
      return noted(view, `outbox: ${event.sent} sent, ${event.queued} waiting`, nowMs)
    default:
      return afterAccountEvent(view, event, nowMs)
  }
}

function noted(view: WatchView, text: string, atMs: number): WatchView {
  return { ...view, note: { text, atMs } }
}

function afterHookReport(view: WatchView, report: HookReport, nowMs: number): WatchView {
  // A failure is noted each time: other notes have taken its place.
  const line = hookReportLine(report, report.type === 'delivery-failed' ? 1 : 0)
  return line === undefined ? view : noted(view, safeText(line), nowMs)
}

function afterAccountEvent(view: WatchView, event: WatchEvent, nowMs: number): WatchView {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- most of what happens is not shown
  switch (event.type) {
    case 'account-state': {
      const { account, state } = event
      return withAccount(view, account, state === 'syncing' ? { isSyncing: true } : stateOf(event, nowMs))
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

function stateOf(
  { state, mailbox = '', waitMs, error }: Extract<WatchEvent, { type: 'account-state' }>,
  nowMs: number,
): Partial<AccountRow> {
  const hint = error?.hint === undefined ? '' : `; ${error.hint}`
  const trouble = error === undefined ? '' : safeText(`${error.message.replace(/\.$/, '')}${hint}`)
  const told = error === undefined ? {} : { last: safeText(error.message), lastMs: nowMs }
  const untilMs = waitMs === undefined ? undefined : nowMs + waitMs
  return { state, mailbox: safeText(mailbox), sinceMs: nowMs, untilMs, trouble, ...told }
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
    untilMs: undefined,
    trouble: '',
    lastMs: undefined,
    newMessages: 0,
  } as const
  return { name: safeText(name), sinceMs: nowMs, ...start }
}

/** Also one that nobody has told of: the store of its own is held by others. */
function withAccount(view: WatchView, name: string, change: Partial<AccountRow>): WatchView {
  const row = view.accounts.get(name) ?? startOf(name, view.startedMs)
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
  return noted({ ...view, accounts }, 'configuration read anew', nowMs)
}

function fed(view: WatchView, text: string, atMs: number): WatchView {
  return { ...view, feed: [{ atMs, text }, ...view.feed].slice(0, mostFed) }
}

function withOctets(before: ReadonlyMap<number, number>, octets: number, nowMs: number): ReadonlyMap<number, number> {
  const second = Math.floor(nowMs / 1000)
  const recent = [...before].filter(([one]) => one > second - rateSeconds)
  return new Map([...recent, [second, (before.get(second) ?? 0) + octets]])
}
