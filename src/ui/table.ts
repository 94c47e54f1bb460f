import { padEnd, padStart, textWidth, truncateEnd, truncateMiddle } from './cell-width.ts'
import { safeText } from './safe-text.ts'
import type { Paint } from './style.ts'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** Where text is cut when the table is too wide; undefined: never. */
  readonly shrink?: 'middle' | 'end'
}

export interface Cell {
  readonly text: string
  readonly paint?: Paint
}

export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
  /** Columns of the terminal. Only columns that may shrink give way. */
  readonly width: number
  readonly paintTitle: Paint
}

const gap = 2
const narrowest = 8

/** A table as lines without line breaks; every cell is made safe. */
export function renderTable({ columns, rows, width, paintTitle }: Table): readonly string[] {
  const titles = columns.map(({ title }) => ({ text: title, paint: paintTitle }))
  const safeRows = [titles, ...rows].map((cells) => cells.map((cell) => ({ ...cell, text: safeText(cell.text) })))
  const widths = fitWidths(columns, naturalWidths(columns, safeRows), width)
  return safeRows.map((cells) =>
    columns
      .map((column, index) => renderCell(column, cells[index] ?? { text: '' }, widths[index] ?? 0))
      .join(' '.repeat(gap))
      .trimEnd(),
  )
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[]): readonly number[] {
  return columns.map((_, index) => rows.reduce((width, row) => Math.max(width, textWidth(row[index]?.text ?? '')), 0))
}

/** The widest column that may shrink gives way first. */
function fitWidths(columns: readonly Column[], natural: readonly number[], available: number): readonly number[] {
  const widths = [...natural]
  let excess = natural.reduce((sum, width) => sum + width, 0) + gap * (columns.length - 1) - available
  while (excess > 0) {
    const widest = columns.reduce((best, column, index) => {
      const isCandidate = column.shrink !== undefined && (widths[index] ?? 0) > narrowest
      return isCandidate && (best < 0 || (widths[index] ?? 0) > (widths[best] ?? 0)) ? index : best
    }, -1)
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

function renderCell({ align, shrink }: Column, { text, paint }: Cell, width: number): string {
  const cut = shrink === 'middle' ? truncateMiddle(text, width) : truncateEnd(text, width)
  const padded = align === 'right' ? padStart(cut, width) : padEnd(cut, width)
  return paint === undefined ? padded : padded.replace(cut, () => paint(cut))
}
