import { formatOctets } from '../model/format-octets.ts'
import type { LatencyRow } from '../profile/latency.ts'
import type { RunSummary } from '../profile/profile-runs.ts'
import type { ProfileReport, SampledReport } from '../profile/report.ts'
import type { Schedule } from '../profile/schedule.ts'
import type { RunProfile } from '../profile/run-profile.ts'
import { bar } from './bar.ts'
import { countOf, formatCount } from './format-count.ts'
import { formatLocalTime } from './format-date.ts'
import { formatMicros } from './format-micros.ts'
import { formatPlace } from './format-place.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

interface ProfileLayout {
  readonly columns: number
  readonly style: Style
}

/** Rows of where the time went. */
const mostRows = 12
const barRoom = 16
/** Fewer say little. */
const fewSamples = 100

/** The sentence first, then where the time went, then how servers answered. */
export function profilePage(report: ProfileReport, { columns, style }: ProfileLayout): readonly string[] {
  const { id, startedAtMs, command, profile } = report.run
  const about = [
    `run ${id}`,
    formatLocalTime(new Date(startedAtMs).toISOString()),
    `\`${safeText(command)}\``,
    formatMicros(profile.elapsedMicros),
    countOf(profile.lanes, 'connection'),
  ]
  return [
    ...report.findings.map(({ sentence }) => style.bold(safeText(sentence))),
    '',
    about.join(', '),
    '',
    ...blameTable(profile, { columns, style }),
    ...latencyTable(report, { columns, style }),
    ...samplesTable(report, { columns, style }),
    ...stallLines(report, { columns, style }),
  ]
}

function blameTable(profile: RunProfile, { columns, style }: ProfileLayout): readonly string[] {
  const rows = profile.sums.flatMap(({ account, mailbox, command, blameMicros }) =>
    Object.entries(blameMicros).map(([state, micros]) => {
      return { place: formatPlace(account, mailbox, command), state, micros }
    }),
  )
  rows.push({ place: '', state: 'nobody waits', micros: profile.unblamedMicros })
  const shown = rows.filter(({ micros }) => micros > 0).toSorted((one, other) => other.micros - one.micros)
  const share = (micros: number): number => micros / Math.max(1, profile.elapsedMicros)
  return renderTable({
    columns: [
      { title: 'Share', align: 'left' },
      { title: '', align: 'right' },
      { title: 'Time', align: 'right' },
      { title: 'State', align: 'left', shrink: 'end' },
      { title: 'Where', align: 'left', shrink: 'middle' },
    ],
    rows: shown
      .slice(0, mostRows)
      .map(({ place, state, micros }) => [
        { text: bar(micros, profile.elapsedMicros, barRoom) },
        { text: `${Math.round(share(micros) * 100)} %` },
        { text: formatMicros(micros) },
        { text: state },
        { text: place },
      ]),
    width: columns,
    paintTitle: style.dim,
  })
}

function latencyTable({ run, latencies }: ProfileReport, { columns, style }: ProfileLayout): readonly string[] {
  const { commands, forgottenCommands } = run.profile
  if (commands.length === 0) return []
  const rows: readonly LatencyRow[] = latencies.slice(0, mostRows)
  const of = forgottenCommands > 0 ? [`of the last ${formatCount(commands.length)} commands:`] : []
  const table = renderTable({
    columns: [
      { title: 'Account', align: 'left', shrink: 'middle' },
      { title: 'Command', align: 'left' },
      { title: 'Number', align: 'right' },
      { title: 'First octet: least', align: 'right' },
      { title: 'median', align: 'right' },
      { title: '99 %', align: 'right' },
      { title: 'Received', align: 'right' },
    ],
    rows: rows.map((row) => [
      { text: row.account },
      { text: row.command },
      { text: formatCount(row.commands) },
      { text: formatMicros(row.floor) },
      { text: formatMicros(row.median) },
      { text: formatMicros(row.p99) },
      { text: formatOctets(row.receivedOctets) },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
  return ['', ...of, ...table]
}

type Micros = Readonly<Record<string, number>>

function toMs(micros: Micros): Micros {
  return Object.fromEntries(Object.entries(micros).map(([key, value]) => [key, value / 1000]))
}

function samplesTable({ sampled }: ProfileReport, { columns, style }: ProfileLayout): readonly string[] {
  if (sampled === undefined) return []
  const table = renderTable({
    columns: [
      { title: 'Thread', align: 'left' },
      { title: 'Function', align: 'left', shrink: 'middle' },
      { title: 'Time', align: 'right' },
    ],
    rows: sampled.ownTimes
      .slice(0, mostRows)
      .map(({ thread, name, micros }) => [{ text: thread }, { text: name }, { text: formatMicros(micros) }]),
    width: columns,
    paintTitle: style.dim,
  })
  return ['', ...table, '', ...samplesNotes(sampled)]
}

const verdictTexts: Readonly<Record<string, string>> = {
  cpu: 'it computed',
  starved: 'it got no CPU',
  system: 'it waited in the system',
}

/** When the main thread did not come back to its loop, the longest first. */
function stallLines({ stalls }: ProfileReport, { columns, style }: ProfileLayout): readonly string[] {
  if (stalls.length === 0) return []
  const table = renderTable({
    columns: [
      { title: 'Hung for', align: 'right' },
      { title: 'Why', align: 'left' },
      { title: 'Where', align: 'left', shrink: 'middle' },
      { title: 'Function', align: 'left', shrink: 'middle' },
    ],
    rows: stalls
      .toSorted((one, other) => other.ms - one.ms)
      .slice(0, mostRows)
      .map(({ ms, verdict, account, mailbox, command, stack }) => [
        { text: formatMicros(ms * 1000) },
        { text: verdictTexts[verdict] ?? '' },
        { text: formatPlace(account, mailbox, command) },
        { text: stack.slice(stack.lastIndexOf(';') + 1) },
      ]),
    width: columns,
    paintTitle: style.dim,
  })
  return ['', `The main thread hung ${stalls.length === 1 ? 'once' : `${stalls.length} times`}:`, ...table]
}

/** How far samples are to be trusted, and what they cost. */
export function samplesNotes({ count, cost, isDegraded, ...every }: SampledReport): readonly string[] {
  const { intervalMicros, threadIntervalMicros } = every
  const others =
    threadIntervalMicros === intervalMicros ? '' : ` (other threads: ${formatMicros(threadIntervalMicros)})`
  const few = count < fewSamples ? ': too few to tell much' : ''
  const share = cost.processMs > 0 ? ` (${((100 * (cost.ownMs ?? 0)) / cost.processMs).toFixed(1)} % of all)` : ''
  const took = cost.ownMs === undefined ? '' : `; the profiler took ${formatMicros(cost.ownMs * 1000)} of CPU${share}`
  return [
    `${countOf(count, 'sample')}, one every ${formatMicros(intervalMicros)}${others}${few}${took}.`,
    ...cost.givenUp.map((step) => `Given up, because the profiler took too much: ${step}.`),
    ...(isDegraded ? ['V8 gave no samples for a while: names of functions are not to be trusted.'] : []),
  ]
}

/** `profile report --format json`: times in milliseconds. */
export function profileJson({ run, findings, latencies, sampled, stalls }: ProfileReport): string {
  const { id, startedAtMs, profile, command, version, node } = run
  const {
    elapsedMicros,
    unblamedMicros,
    lanes,
    sums,
    heldUp,
    writer,
    locks,
    ceilings,
    schedule,
    commands,
    forgottenCommands,
  } = profile
  return safeJson({
    v: 1,
    id,
    startedAt: new Date(startedAtMs).toISOString(),
    command,
    version,
    node,
    elapsedMs: elapsedMicros / 1000,
    unblamedMs: unblamedMicros / 1000,
    connections: lanes,
    findings,
    sums: sums.map(({ laneMicros, blameMicros, ...place }) => {
      return { ...place, laneMs: toMs(laneMicros), blameMs: toMs(blameMicros) }
    }),
    heldUp: heldUp.map(({ micros, ...who }) => ({ ...who, ms: micros / 1000 })),
    writer: writer.map(({ account, commits, ...micros }) => ({ account, commits, ms: toMs(micros) })),
    locks: locks.map(({ micros, ...what }) => ({ ...what, ms: micros / 1000 })),
    ceilings,
    schedule: schedule === undefined ? undefined : scheduleObject(schedule),
    latencies,
    commands,
    forgottenCommands,
    samples: samplesObject(sampled),
    stalls,
  })
}

function scheduleObject({ cpuMicros, queueMicros, othersMicros, cpus }: Schedule): unknown {
  return { cpuMs: cpuMicros / 1000, queueMs: queueMicros / 1000, othersMs: othersMicros / 1000, cpus }
}

function samplesObject(sampled: SampledReport | undefined): unknown {
  if (sampled === undefined) return undefined
  const { count, intervalMicros, cost, isDegraded, stacks } = sampled
  return {
    count,
    intervalMs: intervalMicros / 1000,
    cost,
    isDegraded,
    stacks: stacks.map(({ micros, ...about }) => ({ ...about, ms: micros / 1000 })),
  }
}

/** `profile list`. */
export function runTable(runs: readonly RunSummary[], { columns, style }: ProfileLayout): readonly string[] {
  return renderTable({
    columns: [
      { title: 'Run', align: 'right' },
      { title: 'Began', align: 'left' },
      { title: 'Took', align: 'right' },
      { title: 'Command', align: 'left', shrink: 'end' },
      { title: 'What it suffered from', align: 'left', shrink: 'end' },
    ],
    rows: runs.map(({ id, startedAtMs, elapsedMicros, command, finding }) => [
      { text: `${id}` },
      { text: formatLocalTime(new Date(startedAtMs).toISOString()) },
      { text: formatMicros(elapsedMicros) },
      { text: command },
      { text: finding.sentence },
    ]),
    width: columns,
    paintTitle: style.dim,
  })
}

/** `profile list --json`, a line each. */
export function runLine({ startedAtMs, elapsedMicros, ...run }: RunSummary): string {
  return safeJson({ v: 1, ...run, startedAt: new Date(startedAtMs).toISOString(), elapsedMs: elapsedMicros / 1000 })
}
