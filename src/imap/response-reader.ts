import { AppError } from '../model/errors.ts'

/** A whole response (RFC 9051 §7): its lines, with each literal's marker `{n}` left in its place. */
export interface Response {
  /** One character per octet. A line feed stands where a literal was, right after its marker, and nowhere else: `{5}` in
   *  any other place is plain text. */
  readonly text: string
  /** In the order of their markers; undefined where the octets were dropped. */
  readonly literals: readonly (Uint8Array | undefined)[]
}

export interface ResponseHandler {
  /** A promise holds back everything that follows until it settles. */
  response(response: Response): Promise<void> | undefined
  /** Room for a literal that belongs to the response whose text so far is `text`; undefined: read and drop it. Called
   *  with the announced length, which may be a lie: memory is only used as octets arrive. */
  allocate(octets: number, text: string): Uint8Array | undefined
  /** So many octets of a literal have come: a sign of life even when a message takes an hour. */
  progress(): void
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const closingBrace = 0x7d

/** A SEARCH of some seven million messages; nothing else comes near. */
const maxLineOctets = 64 * 2 ** 20
/** Literals in one response. Real ones have one or two. */
const maxLiterals = 1000

const noLiterals: Response['literals'] = []

/** Cuts what a server sends into responses, literals included, without copying what is already in its place. */
export class ResponseReader {
  readonly #handler: ResponseHandler
  #stash: Buffer[] = []
  #stashOctets = 0
  #text = ''
  #literals: (Uint8Array | undefined)[] = []
  #target: Uint8Array | undefined
  #filled = 0
  #missing = 0

  constructor(handler: ResponseHandler) {
    this.#handler = handler
  }

  /** Takes what came. A promise: the chunk is not used up until it settles, and no other may come before. Throws
   *  PROTOCOL_VIOLATION (account). */
  push(chunk: Buffer): Promise<void> | undefined {
    return this.#consume(chunk, 0)
  }

  #consume(chunk: Buffer, from: number): Promise<void> | undefined {
    let at = from
    while (at < chunk.length) {
      if (this.#missing > 0) {
        at = this.#takeLiteral(chunk, at)
        continue
      }
      const end = chunk.indexOf(lineFeed, at)
      if (end < 0) {
        this.#keep(Buffer.from(chunk.subarray(at)))
        return undefined
      }
      const held = this.#takeLine(chunk, at, end)
      at = end + 1
      // The chunk is the caller's again when this returns.
      if (held !== undefined) return this.#goOnAfter(held, Buffer.from(chunk.subarray(at)))
    }
    return undefined
  }

  async #goOnAfter(held: Promise<void>, rest: Buffer): Promise<void> {
    await held
    await this.#consume(rest, 0)
  }

  #takeLiteral(chunk: Buffer, at: number): number {
    const octets = Math.min(this.#missing, chunk.length - at)
    this.#target?.set(chunk.subarray(at, at + octets), this.#filled)
    this.#filled += octets
    this.#missing -= octets
    this.#handler.progress()
    return at + octets
  }

  #keep(part: Buffer): void {
    this.#stashOctets += part.length
    if (this.#stashOctets + this.#text.length > maxLineOctets) throw tooLarge('a response line')
    this.#stash.push(part)
  }

  /** A line from `start` to the line feed at `end`, and what was kept of it before. */
  #takeLine(chunk: Buffer, start: number, end: number): Promise<void> | undefined {
    let line = chunk.subarray(start, end)
    if (this.#stashOctets > 0) {
      this.#keep(line)
      line = Buffer.concat(this.#stash)
      this.#stash = []
      this.#stashOctets = 0
    }
    // Some servers end lines with LF alone.
    const length = line[line.length - 1] === carriageReturn ? line.length - 1 : line.length
    const text = line.toString('latin1', 0, length)
    this.#text = this.#text === '' ? text : `${this.#text}\n${text}`
    const octets = line[length - 1] === closingBrace ? literalOctets(text, this.#text) : undefined
    if (octets === undefined) return this.#complete()
    this.#beginLiteral(octets)
    return undefined
  }

  #beginLiteral(octets: number): void {
    if (this.#literals.length >= maxLiterals) throw tooLarge('a response')
    this.#target = this.#handler.allocate(octets, this.#text)
    this.#literals.push(this.#target)
    this.#filled = 0
    this.#missing = octets
  }

  #complete(): Promise<void> | undefined {
    const hasLiterals = this.#literals.length > 0
    const response = { text: this.#text, literals: hasLiterals ? this.#literals : noLiterals }
    this.#text = ''
    if (hasLiterals) this.#literals = []
    return this.#handler.response(response)
  }
}

/** Lines that end in a human's words, or in what is no response at all: nothing in them is a literal (RFC 9051 §7.1). */
const withoutLiterals = /^(?!\* )|^\* (?:OK|NO|BAD|BYE|PREAUTH)\b/i

/** `{123}`, `{123+}` or `~{123}` at the end of a line (RFC 9051 §9 literal). */
function literalOctets(line: string, response: string): number | undefined {
  const match = /\{(\d{1,15})\+?\}$/.exec(line.slice(-20))
  return match === null || withoutLiterals.test(response) ? undefined : Number(match[1])
}

function tooLarge(what: string): AppError {
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: `the server sent ${what} that is too large`,
    hint: 'run the command again; if it happens each time, the server is broken',
  })
}
