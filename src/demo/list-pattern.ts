import { bad } from './command-refused.ts'

const maxPatternOctets = 1000

/** Whether a name matches a LIST pattern: `*` matches anything, `%` anything but the delimiter; `INBOX` in any case
 *  (RFC 9051 §6.3.9). The time is the product of both lengths at worst. */
export function listMatcher(pattern: string, delimiter: string): (name: string) => boolean {
  if (pattern.length > maxPatternOctets) throw bad('the pattern is too long')
  if (pattern.toUpperCase() === 'INBOX') return (name) => name.toUpperCase() === 'INBOX'
  const shortened = pattern.replaceAll(/\*+/g, '*')
  return (name) => matches(shortened, name, delimiter)
}

/** Follows all positions in the pattern that the name read so far can have led to. */
function matches(pattern: string, name: string, delimiter: string): boolean {
  let reached = withEmptyRuns(new Set([0]), pattern)
  for (const character of name) {
    const next = new Set<number>()
    for (const position of reached) {
      const expected = pattern[position]
      if (expected === '*' || (expected === '%' && character !== delimiter)) next.add(position)
      else if (expected === character) next.add(position + 1)
    }
    if (next.size === 0) return false
    reached = withEmptyRuns(next, pattern)
  }
  return reached.has(pattern.length)
}

/** A wildcard may match nothing, so the position behind it is reached too. */
function withEmptyRuns(positions: Set<number>, pattern: string): Set<number> {
  for (const position of positions) {
    if (pattern[position] === '*' || pattern[position] === '%') positions.add(position + 1)
  }
  return positions
}
