import { padEnd, textWidth, truncateEnd } from './cell-width.ts'
import { editLine } from './edit-line.ts'
import type { KeyName, PressedKey } from './edit-line.ts'
import { formatLocalTime } from './format-date.ts'
import { safeText } from './safe-text.ts'
import { isUnread, senderText, subjectText } from './search-page.ts'
import type { SearchRow } from './search-page.ts'
import type { Style } from './style.ts'

/** What a query gave. */
export interface Finding {
  readonly rows: readonly SearchRow[]
  /** There are more than these. */
  readonly more: boolean
  /** Why the query cannot be answered; then the rows are those of the last one that could. */
  readonly problem: string | undefined
}

/** What is on the screen, and where in it the user is. */
export interface SearchView extends Finding {
  readonly query: string
  /** Characters of the query before the caret. */
  readonly caret: number
  readonly selected: number
  readonly screen: 'list' | 'message' | 'keys'
  /** Lines of the preview or of the message above the screen. */
  readonly scroll: number
  /** What the last key has done; empty: nothing to tell. */
  readonly note: string
}

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** What a key asks for beside another view. */
export type ScreenAction = 'quit' | 'save' | 'copy'

export interface KeyOutcome {
  readonly view: SearchView
  readonly action?: ScreenAction
}

export function openView(query: string): SearchView {
  return {
    query,
    caret: query.length,
    rows: [],
    more: false,
    problem: undefined,
    selected: 0,
    screen: 'list',
    scroll: 0,
    note: '',
  }
}

/** The view with what was found; an answer that is none leaves the list as it was. */
export function withFinding(view: SearchView, finding: Finding): SearchView {
  if (finding.problem !== undefined) return { ...view, problem: finding.problem }
  return { ...view, ...finding, selected: 0, scroll: 0 }
}

/** What a key does. */
export function press(view: SearchView, key: PressedKey, size: ScreenSize): KeyOutcome {
  const calm = { ...view, note: '' }
  if (key.ctrl && key.input === 'c') return { view: calm, action: 'quit' }
  if (view.screen === 'keys') return { view: { ...calm, screen: 'list' } }
  const action = actionOf(key, view.screen)
  if (action !== undefined) return { view: calm, action }
  return { view: view.screen === 'message' ? inMessage(calm, key, size) : inList(calm, key, size) }
}

function actionOf({ input, name, ctrl }: PressedKey, screen: SearchView['screen']): ScreenAction | undefined {
  if (name === 'escape' && screen === 'list') return 'quit'
  const letter = ctrl || screen === 'message' ? input : ''
  if (letter === 'e') return 'save'
  return letter === 'y' ? 'copy' : undefined
}

function inMessage(view: SearchView, { input, name }: PressedKey, { rows }: ScreenSize): SearchView {
  if (name === 'escape' || name === 'left' || input === 'q') return { ...view, screen: 'list', scroll: 0 }
  if (input === '?') return { ...view, screen: 'keys', scroll: 0 }
  if (name === 'home') return { ...view, scroll: 0 }
  const step = scrolledBy(name, rows - 2) ?? (input === ' ' ? rows - 2 : 0)
  return { ...view, scroll: Math.max(0, view.scroll + step) }
}

function scrolledBy(name: KeyName | undefined, page: number): number | undefined {
  if (name === 'up') return -1
  if (name === 'down') return 1
  if (name === 'pageUp') return -page
  return name === 'pageDown' ? page : undefined
}

function inList(view: SearchView, key: PressedKey, size: ScreenSize): SearchView {
  const { name, input, ctrl } = key
  const step = chosenStep(key)
  if (step !== 0) return selecting(view, view.selected + step)
  if (name === 'enter') return view.rows.length === 0 ? view : { ...view, screen: 'message', scroll: 0 }
  if (name === 'pageUp' || name === 'pageDown') {
    return { ...view, scroll: Math.max(0, view.scroll + (scrolledBy(name, previewRows(size) - 1) ?? 0)) }
  }
  // No query needs it: it is part of no word.
  if (input === '?' && !ctrl) return { ...view, screen: 'keys' }
  return edited(view, key)
}

function chosenStep({ name, input, ctrl }: PressedKey): number {
  if (name === 'up' || (ctrl && input === 'p')) return -1
  return name === 'down' || (ctrl && input === 'n') ? 1 : 0
}

function selecting(view: SearchView, selected: number): SearchView {
  return { ...view, selected: Math.max(0, Math.min(selected, view.rows.length - 1)), scroll: 0 }
}

function edited(view: SearchView, key: PressedKey): SearchView {
  const { query, caret } = view
  const line = editLine({ text: query, caret }, key)
  return line === undefined ? view : { ...view, query: line.text, caret: line.caret }
}

/** Rows for the list; what is left is for the preview. */
function listRows({ rows }: ScreenSize): number {
  return Math.max(2, Math.floor((rows - 4) * 0.45))
}

function previewRows(size: ScreenSize): number {
  return Math.max(0, size.rows - 4 - listRows(size))
}

export interface ViewContent {
  /** Lines of the selected message, safe, not cut; undefined: none is selected. */
  readonly lines: readonly string[]
  readonly style: Style
}

const keyHelp: readonly (readonly [keys: string, does: string])[] = [
  ['letters', 'change the query; what is found changes with it'],
  ['↑ ↓', 'choose a message (or Ctrl-P, Ctrl-N)'],
  ['Enter', 'read it on the whole screen'],
  ['PgUp PgDn', 'scroll its text'],
  ['Ctrl-E', 'save it as an .eml file into this folder'],
  ['Ctrl-Y', 'copy its number, as `show` takes it'],
  ['← → Home End', 'move in the query'],
  ['Ctrl-W Ctrl-U', 'erase a word; all before the caret'],
  ['Esc', 'leave the message; leave the search'],
  ['Ctrl-C', 'leave at once'],
]

/** The whole screen: as many lines as it has rows, none wider. */
export function viewLines(view: SearchView, size: ScreenSize, content: ViewContent): readonly string[] {
  const lines = bodyLines(view, size, content)
  const filled = [...lines, ...Array.from({ length: size.rows }, () => '')].slice(0, size.rows - 1)
  return [...filled, footer(view, size, content.style)]
}

function bodyLines(view: SearchView, size: ScreenSize, { lines, style }: ViewContent): readonly string[] {
  if (view.screen === 'keys') {
    return [
      style.bold('Keys'),
      '',
      ...keyHelp.map(([keys, does]) => truncateEnd(`  ${padEnd(keys, 14)} ${does}`, size.columns)),
    ]
  }
  if (view.screen === 'message') return lines.slice(topOf(view, lines, size.rows - 1))
  const height = previewRows(size)
  return [
    queryLine(view, size, style),
    ruleLine(view, size, style),
    ...listLines(view, size, style),
    style.dim('─'.repeat(size.columns)),
    ...lines.slice(topOf(view, lines, height)).slice(0, height),
  ]
}

/** One cannot scroll past the end. */
function topOf({ scroll }: SearchView, lines: readonly string[], height: number): number {
  return Math.max(0, Math.min(scroll, lines.length - height))
}

function queryLine({ query, caret }: SearchView, { columns }: ScreenSize, style: Style): string {
  const label = 'Search: '
  const room = columns - label.length - 1
  const before = fromEnd(safeText(query.slice(0, caret)), room - 1)
  const under = query[caret] === undefined ? ' ' : safeText(query[caret])
  const behind = truncateEnd(safeText(query.slice(caret + 1)), Math.max(0, room - textWidth(before) - textWidth(under)))
  return style.bold(label) + before + style.inverse(under) + behind
}

/** The end of a text that is too long: there one types. */
function fromEnd(text: string, width: number): string {
  let shown = text
  while (textWidth(shown) > width && shown !== '') shown = Array.from(shown).slice(1).join('')
  return shown
}

function ruleLine({ problem, rows, more }: SearchView, { columns }: ScreenSize, style: Style): string {
  if (problem !== undefined) return style.yellow(truncateEnd(`── ${safeText(problem)}`, columns))
  const found = rows.length === 0 ? 'nothing found' : `${rows.length}${more ? ' newest' : ''}`
  return style.dim(`── ${found} ${'─'.repeat(Math.max(0, columns - found.length - 4))}`)
}

function listLines(view: SearchView, size: ScreenSize, style: Style): readonly string[] {
  const height = listRows(size)
  const first = Math.max(0, Math.min(view.selected - Math.floor(height / 2), view.rows.length - height))
  const shown = view.rows.slice(first, first + height).map((row, index) => {
    const line = padEnd(truncateEnd(rowText(row, size.columns), size.columns), size.columns)
    if (first + index === view.selected) return style.inverse(line)
    return isUnread(row.found.message.placements) ? style.bold(line) : line
  })
  return [...shown, ...Array.from({ length: height - shown.length }, () => '')]
}

function rowText({ found: { message }, found }: SearchRow, columns: number): string {
  const date = message.date === undefined ? 'no date   ' : formatLocalTime(message.date * 1000).slice(0, 10)
  const width = columns < 60 ? 12 : 20
  const sender = padEnd(truncateEnd(safeText(senderText(message.from)), width), width)
  return `${date}  ${sender}  ${safeText(subjectText(found))}`
}

function footer({ screen, note }: SearchView, { columns }: ScreenSize, style: Style): string {
  if (note !== '') return style.green(truncateEnd(safeText(note), columns))
  const keys = {
    list: '↑↓ choose  Enter read  PgDn scroll  ^E save  ^Y copy id  ? keys  Esc quit',
    message: '↑↓ PgUp PgDn scroll  e save  y copy id  ? keys  Esc back',
    keys: 'any key goes back',
  }
  return style.dim(truncateEnd(keys[screen], columns))
}
