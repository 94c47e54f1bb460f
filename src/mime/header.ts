import { decodeRawText } from './charset.ts'
import { decodeWords } from './encoded-words.ts'

const lineFeed = 10
const carriageReturn = 13

/** Octets of a header that are read; no honest message has as many (S19). */
const mostOctets = 2 ** 22
const mostFields = 200_000
const longestFieldName = 998

/** A field as it stands in the message: the value unfolded, an octet for each character. */
export interface RawField {
  readonly name: string
  readonly value: string
}

/** The header of a message or a part (RFC 5322 §2.2). */
export class Header {
  readonly fields: readonly RawField[]
  /** Whether all of it was read. */
  readonly isWhole: boolean
  readonly #byName = new Map<string, string[]>()

  constructor(fields: readonly RawField[], isWhole: boolean) {
    this.fields = fields
    this.isWhole = isWhole
    for (const { name, value } of fields) {
      const key = name.toLowerCase()
      const values = this.#byName.get(key)
      if (values === undefined) this.#byName.set(key, [value])
      else values.push(value)
    }
  }

  /** The raw value of the first field of that name, given in lower case. */
  first(name: string): string | undefined {
    return this.#byName.get(name)?.[0]
  }

  all(name: string): readonly string[] {
    return this.#byName.get(name) ?? []
  }
}

/** Where the header that begins at `start` ends, and the body begins. */
export interface HeaderBounds {
  readonly end: number
  readonly bodyStart: number
}

/** Up to the first empty line. Where there is none, up to the first line that is no part of a header, or all there is. */
export function findHeaderEnd(octets: Buffer, start: number, limit: number): HeaderBounds {
  for (let line = start; line < limit;) {
    if (octets[line] === lineFeed) return { end: line, bodyStart: line + 1 }
    if (octets[line] === carriageReturn && octets[line + 1] === lineFeed) return { end: line, bodyStart: line + 2 }
    const feed = octets.indexOf(lineFeed, line)
    if (feed < 0 || feed >= limit) break
    line = feed + 1
  }
  const end = endOfFields(octets, start, limit)
  return { end, bodyStart: end }
}

const fieldOrFold = /^(?:[!-9;-~]+[ \t]*:|[ \t])/

function endOfFields(octets: Buffer, start: number, limit: number): number {
  for (let line = start; line < Math.min(limit, start + mostOctets);) {
    if (!fieldOrFold.test(octets.toString('latin1', line, Math.min(line + longestFieldName, limit)))) return line
    const feed = octets.indexOf(lineFeed, line)
    if (feed < 0 || feed >= limit) break
    line = feed + 1
  }
  return limit
}

/** The fields between these octets. Lines that are no field are left out; never throws. */
export function parseHeader(octets: Buffer, start: number, end: number): Header {
  const limit = Math.min(end, start + mostOctets)
  const text = octets.toString('latin1', start, limit)
  const fields: RawField[] = []
  let name = ''
  let value = ''
  const finish = (): void => {
    if (name !== '') fields.push({ name, value: value.trim() })
    name = ''
  }
  for (let line = 0; line < text.length && fields.length < mostFields;) {
    const feed = text.indexOf('\n', line)
    const next = feed < 0 ? text.length : feed + 1
    const lineEnd = lineEndBefore(text, line, feed < 0 ? text.length : feed)
    const first = text.charCodeAt(line)
    if ((first === 32 || first === 9) && line > 0) {
      // A line that continues nothing belongs to nothing. Strictly only the line break goes (RFC 5322 §2.2.3), but whoever
      // folds with tabs means a blank.
      if (name !== '') value += ` ${text.slice(line, lineEnd).trimStart()}`
    } else {
      finish()
      const colon = text.indexOf(':', line)
      if (colon > line && colon < lineEnd) {
        name = fieldName(text.slice(line, colon).trimStart())
        value = text.slice(colon + 1, lineEnd)
      }
    }
    line = next
  }
  finish()
  return new Header(fields, limit === end && fields.length < mostFields)
}

/** A field's value for reading. `charset`: see `decodeRawText`. */
export function readableValue(raw: string, charset?: string): string {
  return decodeWords(decodeRawText(raw, charset))
}

function lineEndBefore(text: string, start: number, feed: number): number {
  return feed > start && text.charCodeAt(feed - 1) === carriageReturn ? feed - 1 : feed
}

const namePattern = new RegExp(`^[!-9;-~]{1,${longestFieldName}}$`)

/** White space before the colon is obsolete, and read (RFC 5322 §4.5.3). Empty: this is no field. */
function fieldName(text: string): string {
  const name = text.trimEnd()
  return namePattern.test(name) ? name : ''
}
