import type { Figures, Measured } from './measure.ts'
import { CORPORA, type Corpus, STEPS } from './options.ts'

type Column = Exclude<keyof Figures, 'status'>

/** What each step has shown, by its label such as `cold M`. */
export type Results = ReadonlyMap<string, readonly Measured[]>

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/** Undefined when the competitor was not measured or did not do its work. */
export function medianOf(rows: readonly Measured[], name: string, column: Column): number | undefined {
  const row = rows.find((one) => one.name === name)
  return row === undefined || row.complaint !== undefined ? undefined : median(row.runs.map((run) => run[column]))
}

/** One step as a table: medians, and the wall time's ratios to the peers that were measured with it. */
export function stepTable(label: string, rows: readonly Measured[], peers: readonly string[]): string {
  const present = peers.filter((peer) => rows.some(({ name }) => name === peer))
  const head = [label, 'wall s', '(least-most)', 'cpu s', 'peak MB', 'server s', 'other s']
  const lines = [[...head, ...present.map((peer) => `x ${peer}`), '']]
  for (const row of rows) {
    const walls = row.runs.map(({ wall }) => wall)
    const value = (column: Column, digits: number): string =>
      median(row.runs.map((run) => run[column]))?.toFixed(digits) ?? '-'
    lines.push([
      row.name,
      value('wall', 3),
      walls.length === 0 ? '' : `(${Math.min(...walls).toFixed(2)}-${Math.max(...walls).toFixed(2)})`,
      value('cpu', 3),
      value('peak', 1),
      value('server', 2),
      value('other', 2),
      ...present.map(
        (peer) => ratio(medianOf(rows, row.name, 'wall'), medianOf(rows, peer, 'wall'))?.toFixed(2) ?? '-',
      ),
      [row.complaint === undefined ? '' : `FAILED: ${row.complaint}`, row.spoiled ? 'spoiled' : ''].join(' ').trim(),
    ])
  }
  return aligned(lines)
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 || column === line.length - 1
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base === 0 ? undefined : value / base
}

export interface Verdict {
  readonly figure: string
  readonly value: number | undefined
  /** Of a median of ratios, which is shown more closely then. */
  readonly quartiles?: readonly [number, number]
  readonly limit: string
  /** Undefined: not measured in this run. */
  readonly passed: boolean | undefined
}

/** What is demanded of mailmirror, each beside what was measured. */
export function verdicts(results: Results): readonly Verdict[] {
  const wall = (label: string, name: string): number | undefined => medianOf(results.get(label) ?? [], name, 'wall')
  const times = (label: string, peer: string): number | undefined => ratio(wall(label, 'mailmirror'), wall(label, peer))
  const start = (name: string): number | undefined =>
    highest(
      CORPORA.map((corpus) => `startup ${corpus}`).map((label) => ratio(wall(label, name), wall(label, 'node -e 0'))),
    )
  const cold = times('cold T', 'mbsync')
  return [
    atMost('cold M, times mbsync (FSync no)', times('cold M', 'mbsync'), 1),
    atLeast('cold M, mbsync as it comes (FSync yes), times mailmirror', inverse(times('cold M', 'mbsync-fsync')), 2.5),
    atMost('cold T, times the drain', times('cold T', 'drain'), 7),
    { figure: 'cold T, times mbsync (FSync no)', value: cold, limit: '< 1', passed: below(cold, 1) },
    ...CORPORA.map((corpus) => {
      const value = wall(`no-change ${corpus}`, 'mailmirror')
      return { figure: `no-change ${corpus}, seconds`, value, limit: '< 0.5', passed: below(value, 0.5) }
    }),
    ...CORPORA.map((corpus) => {
      const value = peakMemory(results, corpus)
      return { figure: `peak memory ${corpus}, MB`, value, limit: '< 250', passed: below(value, 250) }
    }),
    atMost('mailmirror --help, times node -e 0', start('--help'), 2),
    atMost('mailmirror status, times node -e 0', start('status'), 2.5),
  ]
}

export function verdictTable(all: readonly Verdict[]): string {
  return aligned([
    ['figure', 'measured', 'limit', ''],
    ...all.map((one) => [one.figure, measuredText(one), one.limit, verdictWord(one.passed)]),
  ])
}

function measuredText({ value, quartiles }: Verdict): string {
  if (value === undefined) return 'not measured'
  if (quartiles === undefined) return value.toFixed(2)
  return `${value.toFixed(3)} (${quartiles.map((one) => one.toFixed(3)).join('-')})`
}

function verdictWord(passed: boolean | undefined): string {
  return passed === undefined ? '-' : passed ? 'pass' : 'MISS'
}

/** The highest of all runs, not their median: memory is a bound. */
function peakMemory(results: Results, corpus: Corpus): number | undefined {
  const rows = STEPS.flatMap((step) => results.get(`${step} ${corpus}`) ?? [])
  return highest(rows.filter(({ name }) => name === 'mailmirror').flatMap(({ runs }) => runs.map(({ peak }) => peak)))
}

function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

export function atMost(figure: string, value: number | undefined, limit: number): Verdict {
  return { figure, value, limit: `<= ${limit}`, passed: value === undefined ? undefined : value <= limit }
}

function atLeast(figure: string, value: number | undefined, limit: number): Verdict {
  return { figure, value, limit: `>= ${limit}`, passed: value === undefined ? undefined : value >= limit }
}

function below(value: number | undefined, limit: number): boolean | undefined {
  return value === undefined ? undefined : value < limit
}

function inverse(value: number | undefined): number | undefined {
  return value === undefined || value === 0 ? undefined : 1 / value
}
