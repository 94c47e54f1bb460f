import type { HookEvent, HookResult } from '../hooks/events.ts'
import type { DeadLetter, HookState } from '../hooks/ports.ts'
import type { Hook } from '../model/account.ts'
import { formatCount } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { safeText } from './safe-text.ts'
import type { Paint, Style } from './style.ts'
import { renderTable } from './table.ts'

/** A hook and how it does in one store. */
export interface HookEntry {
  readonly name: string
  /** Where there are several stores. */
  readonly store: string | undefined
  /** undefined: the config has it no more. */
  readonly hook: Hook | undefined
  /** undefined: it has not begun yet. */
  readonly state: HookState | undefined
  /** Changes of the log after its cursor. */
  readonly behind: number
  readonly letters: readonly DeadLetter[]
}

interface Layout {
  readonly columns: number
  readonly style: Style
}

/** The hooks as a table, and below it why some of them do not go on, and what was given up. */
export function hooksPage(entries: readonly HookEntry[], { columns, style }: Layout): readonly string[] {
  if (entries.length === 0) return []
  const table = renderTable({
    columns: [
      { title: 'HOOK', align: 'left', shrink: 'middle' },
      { title: 'TARGET', align: 'left', shrink: 'middle' },
      { title: 'STATE', align: 'left' },
      { title: 'CURSOR', align: 'right' },
      { title: 'BEHIND', align: 'right' },
      { title: 'DEAD', align: 'right' },
    ],
    rows: entries.map((entry) => [
      { text: labelOf(entry) },
      { text: targetOf(entry.hook) },
      { text: stateOf(entry), paint: paintOf(entry, style) },
      { text: entry.state === undefined ? '' : `${entry.state.cursor}` },
      { text: entry.state === undefined ? '' : formatCount(entry.behind) },
      { text: entry.letters.length === 0 ? '' : formatCount(entry.letters.length) },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
  return [...table, ...entries.flatMap(troubleLines)]
}

/** What `hooks list --json` writes. */
export function hooksObject(entries: readonly HookEntry[]): unknown {
  return {
    v: 1,
    hooks: entries.map((entry) => {
      const { name, store, hook, state, behind, letters } = entry
      return {
        name,
        store,
        target: targetOf(hook),
        kinds: hook?.kinds,
        mailbox: hook?.mailbox,
        query: hook?.query,
        state: stateOf(entry),
        cursor: state?.cursor,
        behind: state && behind,
        failures: state?.failures,
        pausedUntil: state?.pausedUntilMs === undefined ? undefined : new Date(state.pausedUntilMs).toISOString(),
        lastError: state?.lastError,
        deadLetters: letters.map(({ seq, reason, atMs }) => ({ seq, reason, at: new Date(atMs).toISOString() })),
      }
    }),
  }
}

/** What is wrong after hooks were told; with `all` also what went well. */
export function hookResultLines(
  results: readonly HookResult[],
  { all, quiet }: { readonly all: boolean; readonly quiet: boolean },
): readonly string[] {
  return results.flatMap(({ hook, delivered, givenUp, behind, trouble }) => {
    const said = `mailmirror: hook "${hook}"`
    return [
      ...(all && (delivered > 0 || trouble === undefined) ? [`${said}: ${changes(delivered)} delivered`] : []),
      ...(givenUp > 0 ? [`${said} gave up ${changes(givenUp)}; \`mailmirror hooks list\` says which`] : []),
      ...(trouble === undefined ? [] : [`${said} is behind by ${changes(behind)}: ${trouble}`]),
      ...(trouble === undefined && behind > 0 && !quiet
        ? [`${said} is behind by ${changes(behind)}; the next run goes on`]
        : []),
    ].map((line) => safeText(line))
  })
}

/** One line for whoever wants to know it all. */
export function hookEventLine(event: HookEvent): string {
  return safeText(`mailmirror: ${hookEventText(event)}`)
}

/** Unsafe. */
export function hookEventText(event: HookEvent): string {
  const said = `hook "${event.hook}"`
  if (event.type === 'change-given-up') return `${said} gave up change ${event.seq}: ${event.reason}`
  if (event.type === 'delivery-failed')
    return `${said}: ${event.reason}; again in ${Math.ceil(event.pausedMs / 1000)} s`
  return `${said}${event.failures > 0 ? ' goes on' : ''}: ${changes(event.changes)}, up to ${event.lastSeq}`
}

export function hookOutputLines(hook: string, text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).map((line) => safeText(`mailmirror: hook "${hook}" says: ${line}`))
}

function labelOf({ name, store }: HookEntry): string {
  return store === undefined ? name : `${name} (${store})`
}

/** Arguments may hold secrets, and the path of an address often is one. */
function targetOf(hook: Hook | undefined): string {
  if (hook === undefined) return ''
  const { target } = hook
  if (target.kind === 'url') return `${new URL(target.url).origin}/…`
  return `${target.argv[0] ?? ''}${target.argv.length > 1 ? ' …' : ''}`
}

function stateOf({ hook, state }: HookEntry): string {
  if (hook === undefined) return 'not in the config'
  if (state === undefined) return 'new'
  return state.condition === 'outage' || state.condition === 'suspect' ? 'paused' : state.condition
}

function paintOf(entry: HookEntry, { red, yellow, green }: Style): Paint {
  const state = stateOf(entry)
  if (state === 'refused') return red
  return state === 'ready' ? green : yellow
}

function troubleLines(entry: HookEntry): readonly string[] {
  const { state, letters } = entry
  const until = state?.pausedUntilMs === undefined ? '' : `; again after ${formatLocalTime(state.pausedUntilMs)}`
  return [
    ...(state?.lastError === undefined ? [] : [`${labelOf(entry)}: ${state.lastError}${until}`]),
    ...letters
      .slice(0, shownLetters)
      .map(({ seq, reason }) => `${labelOf(entry)}: change ${seq} was given up: ${reason}`),
    ...(letters.length > shownLetters ? [`${labelOf(entry)}: and ${letters.length - shownLetters} more`] : []),
  ].map((line) => safeText(line))
}

const shownLetters = 10

const changes = (count: number): string => `${formatCount(count)} ${count === 1 ? 'change' : 'changes'}`
