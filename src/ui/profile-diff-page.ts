import type { ComparedTime, RunComparison } from '../profile/compare-runs.ts'
import { formatMicros } from './format-micros.ts'
import { safeJson, safeText } from './safe-text.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

interface DiffLayout {
  readonly columns: number
  readonly style: Style
}

/** Rows of each table; what changed by less is not shown. */
const mostRows = 10
const leastMicros = 1000

/** What changed from one run to another: a sentence, where the elapsed time went, what threads did. */
export function comparisonPage(comparison: RunComparison, layout: DiffLayout): readonly string[] {
  const { before, after, sentence, states, functions } = comparison
  const { style } = layout
  const took = [before, after].map(({ id, profile }) => `run ${id}: ${formatMicros(profile.elapsedMicros)}`)
  return [
    style.bold(safeText(sentence)),
    '',
    took.join(', '),
    ...timeTable('Where', states, layout),
    ...timeTable('Function', functions, layout),
  ]
}

function timeTable(title: string, rows: readonly ComparedTime[], { columns, style }: DiffLayout): readonly string[] {
  const shown = rows.filter(({ before, after }) => Math.abs(after - before) >= leastMicros).slice(0, mostRows)
  if (shown.length === 0) return []
  const table = renderTable({
    columns: [
      { title: 'Before', align: 'right' },
      { title: 'After', align: 'right' },
      { title: 'Change', align: 'right' },
      { title, align: 'left', shrink: 'middle' },
    ],
    rows: shown.map(({ name, before, after }) => {
      const change = `${after < before ? '−' : '+'}${formatMicros(Math.abs(after - before))}`
      return [
        { text: formatMicros(before) },
        { text: formatMicros(after) },
        { text: change, paint: after < before ? style.green : style.red },
        { text: name },
      ]
    }),
    width: columns,
    paintTitle: style.dim,
  })
  return ['', ...table]
}

function toMs(rows: readonly ComparedTime[]): unknown {
  return rows.map(({ name, before, after }) => ({ name, beforeMs: before / 1000, afterMs: after / 1000 }))
}

/** `profile diff --json`: times in milliseconds. */
export function comparisonJson({ before, after, states, functions, sentence, change }: RunComparison): string {
  const [beforeMs, afterMs] = [before, after].map(({ profile }) => profile.elapsedMicros / 1000)
  const runs = { before: { id: before.id, elapsedMs: beforeMs }, after: { id: after.id, elapsedMs: afterMs } }
  return safeJson({ v: 1, ...runs, change, sentence, states: toMs(states), functions: toMs(functions) })
}
