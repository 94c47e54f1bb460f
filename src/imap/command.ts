import type { Response } from './response-reader.ts'

export interface Command {
  /** What the user would call it: "could not `examine mailbox X`". */
  readonly attempt: string
  /** As the lanes name it: `UID FETCH`. */
  readonly name: string
  /** The arguments: text as it goes out, or octets that become a literal. */
  readonly parts: readonly (string | { readonly literal: Buffer })[]
  /** Each untagged response; a promise holds back what follows. */
  readonly onUntagged?: (response: Response) => Promise<void> | undefined
  /** Room for the octets of a `BODY[]`; undefined drops them. Without it no literal may be large. */
  readonly allocateBody?: (octets: number) => Uint8Array | undefined
}

/** The command as what may be written at once: after each literal's announcement the server is waited for, unless it takes
 *  them at once (RFC 7888). */
export function toLines(tag: string, { name, parts }: Command, literalsAtOnce: number): string[] {
  const lines: string[] = []
  let line = `${tag}${name}`
  for (const part of parts) {
    if (typeof part === 'string') {
      line += ` ${part}`
      continue
    }
    const octets = part.literal.toString('latin1')
    const atOnce = octets.length <= literalsAtOnce
    line += ` {${octets.length}${atOnce ? '+' : ''}}\r\n`
    if (atOnce) line += octets
    else {
      lines.push(line)
      line = octets
    }
  }
  lines.push(`${line}\r\n`)
  return lines
}
