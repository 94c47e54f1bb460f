import type { Response } from './response-reader.ts'

/** Octets that go out as a literal; `isBinary`: they may hold NUL (literal8, RFC 3516). */
export interface LiteralPart {
  readonly literal: Buffer
  readonly isBinary?: boolean
}

export interface Command {
  /** What the user would call it: "could not `examine mailbox X`". */
  readonly attempt: string
  /** As the lanes name it: `UID FETCH`. */
  readonly name: string
  /** The arguments: text as it goes out, or octets that become a literal. */
  readonly parts: readonly (string | LiteralPart)[]
  /** Of how many messages the octets are asked for. */
  readonly messages?: number
  /** Each untagged response; a promise holds back what follows. */
  readonly onUntagged?: (response: Response) => Promise<void> | undefined
  /** Room for the octets of a `BODY[]`; undefined drops them. Without it no literal may be large. */
  readonly allocateBody?: (octets: number) => Uint8Array | undefined
  /** For IDLE: once the server has invited it, the command lasts until this resolves, and is then ended by DONE. Until then
   *  the server owes us nothing. */
  readonly lastsUntil?: Promise<void>
}

/** A longer literal is written as it is, not as text. */
const longestText = 4096

/** The command as what may be written at once: after each literal's announcement the server is waited for, unless it takes
 *  them at once (RFC 7888). Text has a character for each octet. */
export function toLines(
  tag: string,
  { name, parts }: Command,
  literalsAtOnce: number,
): readonly (readonly (string | Buffer)[])[] {
  const lines: (string | Buffer)[][] = []
  let line: (string | Buffer)[] = []
  let text = `${tag}${name}`
  const endLine = (): void => {
    lines.push([...line, text])
    line = []
    text = ''
  }
  for (const part of parts) {
    if (typeof part === 'string') {
      text += ` ${part}`
      continue
    }
    const { literal, isBinary = false } = part
    const atOnce = literal.length <= literalsAtOnce
    text += ` ${isBinary ? '~' : ''}{${literal.length}${atOnce ? '+' : ''}}\r\n`
    if (!atOnce) endLine()
    if (literal.length <= longestText) text += literal.toString('latin1')
    else {
      line.push(text, literal)
      text = ''
    }
  }
  text += '\r\n'
  endLine()
  return lines
}
