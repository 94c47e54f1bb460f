import { AppError } from '../model/errors.ts'
import type { Response } from './response-reader.ts'

/** A value in a response: NIL is null, strings have one character per octet, a dropped literal is undefined. */
export type Value = string | null | undefined | Uint8Array | readonly Value[]

const maxNesting = 50

const lineFeed = 0x0a
const space = 0x20
const quote = 0x22
const open = 0x28
const close = 0x29
const backslash = 0x5c
const openingBracket = 0x5b
const closingBracket = 0x5d
const openingBrace = 0x7b
const tilde = 0x7e

const marker = /~?\{\d{1,15}\+?\}\n/y

/** Reads the values of a response from left to right (RFC 9051 §4). Lenient: what is no string, list or literal is an
 *  atom up to the next space or parenthesis. Throws PROTOCOL_VIOLATION where a string, list or literal does not end. */
export class Scanner {
  readonly #text: string
  readonly #literals: Response['literals']
  #at: number
  #literal = 0

  constructor(response: Response, at = 0) {
    this.#text = response.text
    this.#literals = response.literals
    this.#at = at
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** Whether what was read last ends here: nothing, a space or a closing parenthesis follows. */
  get atBoundary(): boolean {
    const code = this.#text.charCodeAt(this.#at)
    return this.atEnd || code === space || code === close
  }

  /** What has not been read, as it is. */
  get rest(): string {
    return this.#text.slice(this.#at)
  }

  skipSpaces(): void {
    while (this.#text.charCodeAt(this.#at) === space) this.#at++
  }

  /** Whether the next octet is `character`; it is taken if so. */
  take(character: '(' | ')'): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  /** The name of a data item: up to the next space, parenthesis, brace or end. A section in brackets is part of it:
   *  `BODY[HEADER.FIELDS (DATE)]<0>`. Throws PROTOCOL_VIOLATION where no name stands. */
  word(): string {
    const start = this.#at
    let inBrackets = false
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      // Names within the section may be literals.
      if (code === lineFeed) this.#literal++
      else if (code === openingBracket) inBrackets = true
      else if (code === closingBracket) inBrackets = false
      else if (!inBrackets && (code === space || code === open || code === close || code === openingBrace)) break
    }
    if (this.#at === start) throw malformed('a value where the name of one belongs')
    return this.#text.slice(start, this.#at)
  }

  /** The octets of the next value that is a string or an atom, as text; undefined for NIL, a list or a dropped literal. */
  text(): string | undefined {
    const value = this.value()
    if (typeof value === 'string') return value
    return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : undefined
  }

  value(nesting = 0): Value {
    this.skipSpaces()
    switch (this.#text.charCodeAt(this.#at)) {
      case quote:
        return this.#quoted()
      case open:
        return this.#list(nesting)
      case openingBrace:
      case tilde:
        return this.#isLiteral() ? this.#takeLiteral() : this.#atom()
      default: {
        const atom = this.#atom()
        return atom.length === 3 && atom.toUpperCase() === 'NIL' ? null : atom
      }
    }
  }

  #atom(): string {
    const start = this.#at
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === space || code === open || code === close) break
      if (code === lineFeed) throw malformed('a literal in the middle of a word')
    }
    return this.#text.slice(start, this.#at)
  }

  #quoted(): string {
    const start = ++this.#at
    let hasEscapes = false
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === lineFeed) break
      if (code === quote) {
        const inside = this.#text.slice(start, this.#at++)
        return hasEscapes ? inside.replace(/\\(.)/gs, '$1') : inside
      }
      if (code !== backslash) continue
      hasEscapes = true
      this.#at++
    }
    throw malformed('a quoted string without its end')
  }

  #list(nesting: number): readonly Value[] {
    if (nesting >= maxNesting) throw malformed('lists nested too deeply')
    this.#at++
    const values: Value[] = []
    for (;;) {
      this.skipSpaces()
      if (this.take(')')) return values
      if (this.atEnd) throw malformed('a list without its end')
      values.push(this.value(nesting + 1))
    }
  }

  /** Whether a marker with its line feed stands here; `~{n}` of BINARY (RFC 3516) is one all the same. */
  #isLiteral(): boolean {
    marker.lastIndex = this.#at
    return marker.test(this.#text)
  }

  #takeLiteral(): Uint8Array | undefined {
    this.#at = this.#text.indexOf('}', this.#at) + 2
    return this.#literals[this.#literal++]
  }
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

/** The first of a list, or the value itself: servers put some values in parentheses and some not. */
export function firstOf(value: Value): Value {
  return isList(value) ? value[0] : value
}

/** The digits of a number up to `max`; undefined for anything else. */
export function toNumber(value: Value, max: number): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) return undefined
  const number = Number(value)
  return number <= max ? number : undefined
}

const maxModseq = 2n ** 63n - 1n

/** RFC 7162: 1 to 2^63−1; 0, negative and anything else is "not told" (F60, F62, F106). */
export function toModseq(value: Value): bigint | undefined {
  const text = firstOf(value)
  if (typeof text !== 'string' || !/^\d{1,19}$/.test(text)) return undefined
  const modseq = BigInt(text)
  return modseq >= 1n && modseq <= maxModseq ? modseq : undefined
}

function malformed(what: string): AppError {
  return new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: `the server sent ${what}`,
    hint: 'run the command again; if it happens each time, the server is broken',
  })
}
