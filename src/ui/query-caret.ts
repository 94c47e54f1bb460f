import { textWidth, truncateEnd } from './cell-width.ts'
import { safeText } from './safe-text.ts'

/** A query and below it a caret at an offset (UTF-16 units), at most `columns` wide. */
export function queryCaret(query: string, offset: number, columns: number): readonly string[] {
  const before = safeText(query.slice(0, offset))
  const behind = safeText(query.slice(offset))
  const room = Math.max(10, columns)
  // The place must be seen: of a long query the beginning goes.
  const half = Math.floor(room / 2)
  const head = textWidth(before) <= half ? before : `…${before.slice(1 - half)}`
  return [truncateEnd(`${head}${behind}`, room), `${' '.repeat(textWidth(head))}^`]
}
