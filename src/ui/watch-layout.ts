import { formatOctets } from '../model/format-octets.ts'
import { padEnd, padStart, textWidth, truncateEnd, truncateMiddle, wrapWords } from './cell-width.ts'
import type { KeyName } from './edit-line.ts'
import { countOf } from './format-count.ts'
import { formatRemaining } from './format-duration.ts'
import type { Paint, Style } from './style.ts'
import { rateSeconds } from './watch-view.ts'
import type { AccountRow, FeedLine, WatchView } from './watch-view.ts'

export interface WatchLayout {
  readonly columns: number
  readonly rows: number
  readonly style: Style
  readonly nowMs: number
}

const states = [
  ['listening', 'the server tells of changes (IDLE or NOTIFY)'],
  ['polling', 'the server is asked now and then'],
  ['syncing', 'everything is compared; +sync: beside listening or polling'],
  ['waiting', 'the server failed; it is tried again by itself'],
  ['parked', 'somebody has to mend it: see what it says; SIGHUP tries again'],
] as const

const keys = [
  ['↑ ↓ PgUp PgDn Home End', 'accounts'],
  ['?', 'this, and back'],
  ['q', 'leave; what is mirrored stays'],
  ['Ctrl-Z', 'back to the shell; fg returns'],
] as const

const noteMs = 10 * 60_000

/** The whole screen: exactly so many lines, none wider than it. */
export function watchLines(view: WatchView, layout: WatchLayout): readonly string[] {
  const { columns, rows, style } = layout
  const body = bodyOf(layout)
  const middle = view.isHelp ? helpLines(columns) : middleLines(view, layout)
  const filled = [...middle.slice(0, body), ...Array.from({ length: Math.max(0, body - middle.length) }, () => '')]
  const below = truncateEnd(`q quit   ? help   ${noteLine(view, layout.nowMs) ?? '↑↓ scroll'}`, columns)
  return [style.bold(headLine(view, layout)), '', ...filled, style.dim(below)].slice(0, rows)
}

/** Not for ever: what has gone on for long is told again. */
function noteLine({ note }: WatchView, nowMs: number): string | undefined {
  const ageMs = nowMs - (note?.atMs ?? -Infinity)
  if (note === undefined || ageMs > noteMs) return undefined
  return ageMs < 60_000 ? note.text : `${formatRemaining(ageMs)} ago: ${note.text}`
}

/** After a key. `isOver`: the user leaves. */
export function pressWatch(
  view: WatchView,
  key: { readonly input: string; readonly name: KeyName | undefined },
  layout: WatchLayout,
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
  // From what is seen: keys beyond the end are not counted.
  const { first } = shownAccounts(view, layout)
  const scroll = Math.max(0, Math.min(view.accounts.size - 1, first + step))
  return { view: { ...view, scroll }, isOver: false }
}

const bodyOf = ({ rows }: WatchLayout): number => Math.max(0, rows - 3)

function helpLines(columns: number): readonly string[] {
  const explained = (words: readonly (readonly [string, string])[], width: number): readonly string[] =>
    words.flatMap(([word, meaning]) =>
      wrapWords(meaning, Math.max(10, columns - width)).map((line, index) =>
        truncateEnd(`${padEnd(index === 0 ? word : '', width)}${line}`, columns),
      ),
    )
  return [...explained(states, 11), '', ...explained(keys, 25)]
}

/** As much as has room, what matters least left out first. */
function headLine(view: WatchView, { columns, nowMs }: WatchLayout): string {
  const second = Math.floor(nowMs / 1000)
  const octets = [...view.octets].reduce((sum, [one, count]) => (one > second - rateSeconds ? sum + count : sum), 0)
  const span = Math.max(1, Math.min(rateSeconds, (nowMs - view.startedMs) / 1000))
  const accounts = countOf(view.accounts.size, 'account')
  const rest = [
    `${view.newMessages} fetched`,
    `${formatOctets(Math.round(octets / span))}/s`,
    `up ${formatRemaining(Math.max(1, nowMs - view.startedMs))}`,
  ]
  const choices = [
    ['mailmirror watch', accounts, countOf(view.connections, 'connection'), ...rest],
    [accounts, countOf(view.connections, 'connection'), ...rest],
    [accounts, ...rest],
  ].map((parts) => parts.join(' · '))
  return truncateEnd(choices.find((line) => textWidth(line) <= columns) ?? choices.at(-1) ?? '', columns)
}

function middleLines(view: WatchView, layout: WatchLayout): readonly string[] {
  const { style } = layout
  const { blocks, first, count } = shownAccounts(view, layout)
  const rows = [...view.accounts.values()]
  const hidden = [...rows.slice(0, first), ...rows.slice(first + count)]
  const accounts = [
    style.dim(heading(layout)),
    ...blocks.slice(first, first + count).flat(),
    ...(hidden.length > 0 ? [style.dim(truncateEnd(hiddenLine(hidden), layout.columns))] : []),
  ]
  const feedRoom = Math.max(0, bodyOf(layout) - accounts.length - 2)
  const feed = view.feed.slice(0, feedRoom).map((line) => feedLine(line, layout))
  return [...accounts, '', style.bold('New mail'), ...(feed.length === 0 ? [style.dim('none yet')] : feed)]
}

/** Trouble is told of also where it is out of sight. */
function hiddenLine(hidden: readonly AccountRow[]): string {
  const inState = (state: AccountRow['state']): readonly string[] => {
    const count = hidden.filter((row) => row.state === state).length
    return count === 0 ? [] : [`${count} ${state}`]
  }
  return [countOf(hidden.length, 'more account'), ...inState('parked'), ...inState('waiting')].join(', ')
}

interface ShownAccounts {
  /** The lines of each account. */
  readonly blocks: readonly (readonly string[])[]
  readonly first: number
  readonly count: number
}

/** Accounts have what the feed does not need, and half at the least. */
function shownAccounts(view: WatchView, layout: WatchLayout): ShownAccounts {
  const body = bodyOf(layout)
  const forFeed = Math.max(1, Math.min(view.feed.length, Math.floor(body / 2)))
  const room = Math.max(1, body - forFeed - 3)
  const blocks = [...view.accounts.values()].map((row) => accountLines(row, layout))
  const heights = blocks.map(({ length }) => length)
  if (fitting(heights, room) === blocks.length) return { blocks, first: 0, count: blocks.length }
  // One line is for how many there are besides.
  const latest = blocks.length - Math.max(1, fitting(heights.toReversed(), room - 1))
  const first = Math.min(view.scroll, latest)
  return { blocks, first, count: Math.max(1, fitting(heights.slice(first), room - 1)) }
}

/** How many of them, from the first on, have room one below the other. */
function fitting(heights: readonly number[], room: number): number {
  let used = 0
  const over = heights.findIndex((height) => (used += height) > room)
  return over < 0 ? heights.length : over
}

const ageWidth = 7
/** With fewer columns there is room for the state of an account and no more. */
const wideColumns = 64
const mostReasonLines = 2

interface Widths {
  readonly name: number
  readonly state: number
  /** 0: the last event is not shown. */
  readonly event: number
}

function widthsOf(columns: number): Widths {
  if (columns >= wideColumns) return { name: 16, state: 20, event: columns - 16 - 20 - 2 * ageWidth - 5 }
  const name = Math.max(4, Math.min(12, columns - 20 - ageWidth - 2))
  return { name, state: Math.max(4, Math.min(20, columns - name - ageWidth - 2)), event: 0 }
}

function heading({ columns }: WatchLayout): string {
  const { name, state, event } = widthsOf(columns)
  const ages = event === 0 ? '' : ` ${padStart('last', ageWidth)}  event`
  return truncateEnd(
    `${padEnd('account', name)} ${padEnd('state', state)} ${padStart('since', ageWidth)}${ages}`,
    columns,
  )
}

/** One line, and below it what is wrong, where that has no room in it. */
function accountLines(row: AccountRow, layout: WatchLayout): readonly string[] {
  const { columns, style, nowMs } = layout
  const widths = widthsOf(columns)
  const name = padEnd(truncateMiddle(row.name, widths.name), widths.name)
  const state = paintOf(row, style)(padEnd(truncateEnd(stateText(row, nowMs), widths.state), widths.state))
  const start = `${name} ${state} ${padStart(formatRemaining(nowMs - row.sinceMs), ageWidth)}`
  const reason = isTroubled(row) && textWidth(row.trouble) > widths.event ? reasonLines(row, layout) : []
  if (widths.event === 0) return [start, ...reason]
  const last = padStart(row.lastMs === undefined ? '' : formatRemaining(nowMs - row.lastMs), ageWidth)
  const event = reason.length > 0 ? 'see below' : isTroubled(row) && row.trouble !== '' ? row.trouble : row.last
  return [`${start} ${last}  ${truncateEnd(event, widths.event)}`, ...reason]
}

function reasonLines({ trouble }: AccountRow, { columns }: WatchLayout): readonly string[] {
  const [first = '', ...more] = wrapWords(trouble, Math.max(1, columns - 2))
  const rest = more.join(' ')
  return [first, ...(rest === '' ? [] : [rest])]
    .slice(0, mostReasonLines)
    .map((line) => truncateEnd(`  ${line}`, columns))
}

const isTroubled = ({ state }: AccountRow): boolean => state === 'parked' || state === 'waiting'

function stateText({ state, mailbox, isSyncing, untilMs }: AccountRow, nowMs: number): string {
  if (state === 'starting') return isSyncing ? 'syncing' : state
  if (state === 'waiting' && isSyncing) return 'trying again'
  if (state === 'waiting' && untilMs !== undefined && untilMs > nowMs) {
    return `waiting, ${formatRemaining(untilMs - nowMs)} left`
  }
  return `${state}${mailbox === '' ? '' : ` ${mailbox}`}${isSyncing ? ' +sync' : ''}`
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
