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
