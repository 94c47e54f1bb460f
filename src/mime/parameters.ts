import { decodeRawText, decodeText } from './charset.ts'
import { decodeWords } from './encoded-words.ts'

/** `text/plain; charset=utf-8` (RFC 2045 §5.1, RFC 2183 §2). */
export interface ParameterizedValue {
  /** In lower case. */
  readonly value: string
  /** By name in lower case, decoded. */
  readonly parameters: ReadonlyMap<string, string>
}

const mostParameters = 200
/** `name*1*`: name, section, whether it is percent-encoded (RFC 2231 §3, §4). */
const extendedName = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/

interface Section {
  readonly number: number
  readonly text: string
  readonly isEncoded: boolean
}

/** Never throws; of a parameter that stands twice the first counts. */
export function parseParameters(raw: string): ParameterizedValue {
  const end = endOfItem(raw, 0)
  const value = withoutComments(raw.slice(0, end)).trim().toLowerCase()
  const plain = new Map<string, string>()
  const extended = new Map<string, Section[]>()
  let count = 0
  for (let start = end + 1; start < raw.length && count < mostParameters; count++) {
    const itemEnd = endOfItem(raw, start)
    addParameter(raw.slice(start, itemEnd), plain, extended)
    start = itemEnd + 1
  }
  const parameters = new Map<string, string>()
  for (const [name, text] of plain) parameters.set(name, decodeWords(decodeRawText(text)))
  for (const [name, sections] of extended) parameters.set(name, joinSections(sections))
  return { value, parameters }
}

function addParameter(item: string, plain: Map<string, string>, extended: Map<string, Section[]>): void {
  const equals = item.indexOf('=')
  if (equals < 0) return
  const match = extendedName.exec(item.slice(0, equals).trim().toLowerCase())
  const [, name = '', number, star] = match ?? []
  if (name === '') return
  const text = unquoted(item.slice(equals + 1).trim())
  if (number === undefined && star === undefined) {
    if (!plain.has(name)) plain.set(name, text)
    return
  }
  const sections = extended.get(name) ?? []
  extended.set(name, sections)
  sections.push({ number: Number(number ?? 0), text, isEncoded: star !== undefined })
}

/** The next `;` that stands neither in quotes nor in a comment; the end where there is none. */
function endOfItem(text: string, start: number): number {
  let inQuotes = false
  for (let index = start; index < text.length; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === '"') inQuotes = !inQuotes
    else if (character === ';' && !inQuotes) return index
  }
  // A quote that never ends would swallow all that follows.
  const semicolon = inQuotes ? text.indexOf(';', start) : -1
  return semicolon < 0 ? text.length : semicolon
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return withoutComments(text).trim()
  const inner = text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text.slice(1)
  return inner.replaceAll(/\\(["\\])/g, '$1')
}

/** Comments hold nothing that is looked for here. */
function withoutComments(text: string): string {
  return text.includes(' (') ? text.replaceAll(/ \([^()]*\)/g, '') : text
}

function joinSections(sections: readonly Section[]): string {
  const ordered = sections.toSorted((left, right) => left.number - right.number)
  const first = ordered[0]
  const marked = first?.isEncoded === true ? /^([^']*)'[^']*'(.*)$/s.exec(first.text) : null
  const charset = marked?.[1]
  const octets = ordered.map(({ text, isEncoded }, index) => {
    const own = index === 0 && marked !== null ? (marked[2] ?? '') : text
    return isEncoded ? percentDecoded(own) : Buffer.from(own, 'latin1')
  })
  const joined = Buffer.concat(octets)
  const text = charset === undefined || charset === '' ? decodeText(joined, undefined) : decodeText(joined, charset)
  return ordered.some(({ isEncoded }) => isEncoded) ? text : decodeWords(text)
}

function percentDecoded(text: string): Buffer {
  const decoded = text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(decoded, 'latin1')
}
