import type { OctetSource } from './octet-source.ts'

/** A command as it came: text and literals by turns, beginning with text. */
export interface RawCommand {
  readonly parts: readonly (string | Buffer)[]
  /** The whole in one line, short literals quoted, long ones as `{n}`. */
  readonly line: string
}

export interface InputLimits {
  /** Of one line of a command. */
  readonly maxLineOctets: number
  /** Of all literals of a command together. */
  readonly maxLiteralOctets: number
}

export interface CommandInput {
  readonly source: OctetSource
  readonly limits: InputLimits
  /** Whether `{n+}` is understood (RFC 7888). */
  readonly nonSynchronizing: boolean
  /** Tells the client to send its literal. */
  readonly invite: () => void
}

/** What came was no command: `fatal` when the next command cannot be found behind it. */
export class InputError extends Error {
  readonly tag: string
  readonly fatal: boolean

  constructor(message: string, tag: string, fatal: boolean) {
    super(message)
    this.tag = tag
    this.fatal = fatal
  }
}

const maxLiterals = 50
const shownLiteralOctets = 200

/** The next command with its literals (RFC 9051 §4.3); undefined at the end of the input. Throws InputError. */
export async function readCommand(input: CommandInput): Promise<RawCommand | undefined> {
  const parts: (string | Buffer)[] = []
  let shown = ''
  let literalOctets = 0
  for (;;) {
    const text = await input.source.readLine(input.limits.maxLineOctets)
    if (text === undefined) {
      if (input.source.buffered > input.limits.maxLineOctets) throw new InputError('line too long', '*', true)
      return undefined
    }
    parts.push(text)
    const announced = /\{(\d{1,10})(\+?)\}$/.exec(text)
    if (announced === null) return { parts, line: shown + text }
    const octets = Number(announced[1])
    literalOctets += octets
    checkLiteral({ input, octets: literalOctets, count: parts.length, isSynchronizing: announced[2] === '', parts })
    if (announced[2] === '') input.invite()
    const literal = await input.source.read(octets)
    if (literal === undefined) return undefined
    parts.push(literal)
    shown += showLiteral(text, literal)
  }
}

interface AnnouncedLiteral {
  readonly input: CommandInput
  readonly octets: number
  readonly count: number
  readonly isSynchronizing: boolean
  readonly parts: readonly (string | Buffer)[]
}

/** A synchronizing literal can be refused; the octets of any other are on their way already. */
function checkLiteral({ input, octets, count, isSynchronizing, parts }: AnnouncedLiteral): void {
  const tag = String(parts[0]).split(' ', 1)[0] ?? '*'
  if (!isSynchronizing && !input.nonSynchronizing) throw new InputError('LITERAL+ is not offered', tag, true)
  if (octets > input.limits.maxLiteralOctets || count > 2 * maxLiterals) {
    throw new InputError('[TOOBIG] literal too large', tag, !isSynchronizing)
  }
}

function showLiteral(text: string, literal: Buffer): string {
  if (literal.length > shownLiteralOctets || !/^[ -~]*$/.test(literal.toString('latin1'))) return text
  return `${text.replace(/\{\d+\+?\}$/, '')}"${literal.toString('latin1')}"`
}
