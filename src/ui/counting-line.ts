import type { OutputStream } from './terminal.ts'

/** To the beginning of the line, which is empty then. */
const lineAnew = '\r\u001b[K'

/** A line on a terminal that counts and is drawn anew in its place; where nobody looks nothing is drawn. */
export interface CountingLine {
  show(text: string): void
  /** These lines in its place. */
  replaceBy(lines: readonly string[]): Promise<void>
  /** It stays, and that line stands below it. */
  leave(line: string): Promise<void>
}

export function countingLine(
  stream: OutputStream,
  { json, quiet }: { readonly json: boolean; readonly quiet: boolean },
): CountingLine {
  const redraws = stream.redraws && !quiet && !json
  return {
    show: (text) => {
      // One that cannot be written is no reason to stop.
      if (redraws) stream.write(`${lineAnew}${text}`).catch(() => undefined)
    },
    replaceBy: (lines) => stream.write(`${redraws ? lineAnew : ''}${lines.map((line) => `${line}\n`).join('')}`),
    leave: (line) => stream.write(`${redraws ? '\n' : ''}${line}\n`),
  }
}
