import { maxDepth, pathId, tomlEntries } from './toml-entries.ts'
import type { KeyPath } from './toml-entries.ts'

/** Finds the line, counted from 1, of a path or of its nearest ancestor that stands in the text; undefined for neither.
 *  `text` must be TOML that the parser has accepted; it is read once. */
export function locateKeys(text: string): (path: KeyPath) => number | undefined {
  const lines = keyLines(text)
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(pathId(path.slice(0, length)))
      if (line !== undefined) return line
    }
    return undefined
  }
}

/** Tables that are only implied by a longer key are found where they were first implied. */
function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  let line = 1
  let at = 0
  for (const { path, start } of tomlEntries(text)) {
    for (; at < start; at++) if (text[at] === '\n') line++
    if (path.length > maxDepth) continue
    for (let length = 1; length < path.length; length++) {
      const id = pathId(path.slice(0, length))
      if (!lines.has(id)) lines.set(id, line)
    }
    lines.set(pathId(path), line)
  }
  return lines
}
