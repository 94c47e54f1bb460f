import { formatOctets } from '../model/format-octets.ts'
import type { LiveState } from '../profile/control-server.ts'
import { formatDuration } from './format-duration.ts'
import { formatMicros } from './format-micros.ts'
import { formatPlace } from './format-place.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

interface LiveLayout {
  readonly columns: number
  readonly style: Style
}

/** The main thread is said to hang from then on. */
const hangingMs = 300
const mostFunctions = 15
const mostFrames = 30

/** What a process does: one sentence, its connections, and what its main thread is in. */
export function dumpPage(state: LiveState, layout: LiveLayout): readonly string[] {
  const frames = (state.answer?.stack ?? '').split(';').filter((name) => name !== '')
  const shown = frames.slice(-mostFrames)
  return [
    layout.style.bold(safeText(headline(state))),
    '',
    aboutProcess(state),
    ...laneTable(state, layout),
    ...(shown.length > 0 ? ['', 'The main thread is in, from the outermost:'] : []),
    ...shown.map((name) => `  ${safeText(name)}`),
  ]
}

/** What it did while it was looked at. */
export function attachPage(state: LiveState, layout: LiveLayout): readonly string[] {
  return [
    layout.style.bold(safeText(headline(state))),
    '',
    aboutProcess(state),
    ...laneTable(state, layout),
    ...functionTable(state, layout),
  ]
}

/** One screen of `profile top`. `before`: the look before this one. */
export function topLines(
  state: LiveState,
  before: LiveState | undefined,
  layout: LiveLayout & { readonly rows: number },
): readonly string[] {
  const lines = [
    layout.style.bold(safeText(headline(state))),
    `${aboutProcess(state)}${busyText(state, before)}`,
    ...laneTable(state, layout),
    ...functionTable(state, layout),
  ]
  const room = Math.max(1, layout.rows - 2)
  return [...lines.slice(0, room), ...Array.from({ length: Math.max(0, room - lines.length) }, () => ''), 'q leaves']
}

export function liveJson(state: LiveState): string {
  return safeJson(state)
}

function headline({ pid, main, answer }: LiveState): string {
  const { account, mailbox, command } = main.label
  const where = formatPlace(account, mailbox, command)
  const place = where === '' ? '' : ` in ${where}`
  const why = main.waitsFor === '' ? '' : `, which waits in the system (${main.waitsFor})`
  if (answer === undefined)
    return `Process ${pid} does not answer: its main thread is${place} for ${age(main.beatAgeMs)}${why}.`
  if (main.beatAgeMs >= hangingMs)
    return `The main thread of process ${pid} has been busy${place} for ${age(main.beatAgeMs)}.`
  const waiting = answer.lanes.filter(({ state }) => state.startsWith('wait'))
  const [most] = waiting.toSorted((one, other) => other.micros - one.micros)
  if (most === undefined) return `Process ${pid}: no connection waits.`
  const lane = formatPlace(most.account, most.mailbox, most.command)
  return `Process ${pid}: ${most.state} for ${formatMicros(most.micros)}${lane === '' ? '' : ` (${lane})`}.`
}

const age = (ms: number): string => formatMicros(ms * 1000)

function aboutProcess({ pid, uptimeMs, processCpuMs, residentOctets }: LiveState): string {
  return `process ${pid}, running for ${formatDuration(uptimeMs)}, ${age(processCpuMs)} of CPU, ${formatOctets(residentOctets)} of memory`
}

function busyText(state: LiveState, before: LiveState | undefined): string {
  if (before === undefined || state.uptimeMs <= before.uptimeMs) return ''
  const share = (state.processCpuMs - before.processCpuMs) / (state.uptimeMs - before.uptimeMs)
  return `, ${Math.round(share * 100)} % of a core`
}

function laneTable({ answer }: LiveState, { columns, style }: LiveLayout): readonly string[] {
  const lanes = answer?.lanes ?? []
  if (lanes.length === 0) return []
  const table = renderTable({
    columns: [
      { title: 'Connection', align: 'left', shrink: 'middle' },
      { title: 'State', align: 'left' },
      { title: 'For', align: 'right' },
      { title: 'Where', align: 'left', shrink: 'middle' },
    ],
    rows: lanes.map(({ lane, account, mailbox, command, state, micros }) => [
      { text: `${account} #${lane}` },
      { text: state },
      { text: formatMicros(micros) },
      { text: formatPlace(mailbox, command) },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
  return ['', ...table]
}

function functionTable({ answer }: LiveState, { columns, style }: LiveLayout): readonly string[] {
  const own = new Map<string, number>()
  for (const [stack, micros] of answer?.stacks ?? []) {
    const name = stack.slice(stack.lastIndexOf(';') + 1)
    if (name !== '') own.set(name, (own.get(name) ?? 0) + micros)
  }
  if (own.size === 0) return ['', 'The main thread slept all the time.']
  const rows = [...own].toSorted(([, one], [, other]) => other - one).slice(0, mostFunctions)
  const table = renderTable({
    columns: [
      { title: 'CPU of the main thread', align: 'left', shrink: 'middle' },
      { title: 'Time', align: 'right' },
    ],
    rows: rows.map(([name, micros]) => [{ text: name }, { text: formatMicros(micros) }]),
    width: columns,
    paintTitle: style.dim,
  })
  return ['', ...table]
}
