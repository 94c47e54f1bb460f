/** Joins the lines of a format=flowed text that belong to one paragraph (RFC 3676 §4): those that end with a blank, if the next
 *  is quoted as deep. Line ends are LF. */
export function unflow(text: string, deletesBlank: boolean): string {
  const joined: string[] = []
  let open = false
  let depth = 0
  for (const raw of text.split('\n')) {
    const quote = /^>*/.exec(raw)?.[0].length ?? 0
    const rest = raw.slice(quote)
    // A blank was put before lines that begin with a blank, `>` or `From `.
    const line = rest.startsWith(' ') ? rest.slice(1) : rest
    const isSignature = line === '-- '
    const isFlowed = line.endsWith(' ') && !isSignature
    const own = isFlowed && deletesBlank ? line.slice(0, -1) : line
    if (open && quote === depth && !isSignature) joined[joined.length - 1] += own
    else joined.push(quote === 0 ? own : `${'>'.repeat(quote)} ${own}`)
    open = isFlowed
    depth = quote
  }
  return joined.join('\n')
}

/** Columns of a line, with the blank that says that it goes on (RFC 3676 §4.2). */
const longestLine = 72

/** A text as format=flowed: long lines are broken at blanks, and what would be taken for a mark is stuffed (RFC 3676 §4.4). Line ends are LF.
 *  undefined: `unflow` would not give back the same. */
export function flow(text: string): string | undefined {
  const flowed = text.split('\n').map(flowLine).join('\n')
  return unflow(flowed, false) === text ? flowed : undefined
}

function flowLine(line: string): string {
  const quote = /^(?:>+ ?)?/.exec(line)?.[0] ?? ''
  const words = line.slice(quote.length)
  const prefix = quote === '' ? '' : `${quote.trimEnd()} `
  const lines: string[] = []
  let rest = words
  while (prefix.length + rest.length > longestLine) {
    const end = rest.lastIndexOf(' ', longestLine - prefix.length - 1)
    const cut = end > 0 ? end : rest.indexOf(' ', 1)
    if (cut < 0 || cut + 1 >= rest.length) break
    lines.push(rest.slice(0, cut + 1))
    rest = rest.slice(cut + 1)
  }
  return [...lines, rest].map((part) => prefix + (prefix === '' ? stuffed(part) : part)).join('\n')
}

function stuffed(line: string): string {
  return /^(?:[ >]|From )/.test(line) ? ` ${line}` : line
}
