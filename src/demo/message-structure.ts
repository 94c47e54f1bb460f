import { fieldValue, parseHeader, parseParameters } from './message-header.ts'
import type { HeaderField, ParameterizedValue } from './message-header.ts'

/** A message or a part of one, as offsets into the message's octets: the header with its empty line, then the body. */
export interface MimePart {
  readonly start: number
  readonly bodyStart: number
  readonly end: number
  readonly fields: readonly HeaderField[]
  /** In lower case: `text/plain`. */
  readonly type: string
  readonly contentType: ParameterizedValue
  /** Of a multipart: at least one. */
  readonly children: readonly MimePart[]
  /** The message in a message/rfc822. */
  readonly embedded: MimePart | undefined
}

const maxDepth = 20
const maxParts = 1000

/** Never throws: what is too deep or too much, or has no boundary, counts as one part. */
export function parseMessage(octets: Buffer): MimePart {
  return new StructureParser(octets).parse({ start: 0, end: octets.length, depth: 0, defaultType: 'text/plain' })
}

interface Extent {
  readonly start: number
  readonly end: number
  readonly depth: number
  readonly defaultType: string
}

class StructureParser {
  readonly #octets: Buffer
  #parts = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  parse({ start, end, depth, defaultType }: Extent): MimePart {
    this.#parts++
    const bodyStart = headerEnd(this.#octets, start, end)
    const fields = parseHeader(this.#octets.toString('latin1', start, bodyStart))
    const declared = parseParameters(fieldValue(fields, 'content-type') ?? defaultType)
    const contentType = /^[^\s/]+\/[^\s/]+$/.test(declared.value) ? declared : parseParameters('text/plain')
    const type = contentType.value.toLowerCase()
    const isLeaf = depth >= maxDepth
    const inner = { start: bodyStart, end, depth: depth + 1 }
    const children = !isLeaf && type.startsWith('multipart/') ? this.#children(inner, contentType) : []
    const embedded =
      !isLeaf && type === 'message/rfc822' ? this.parse({ ...inner, defaultType: 'text/plain' }) : undefined
    return { start, bodyStart, end, fields, type, contentType, children, embedded }
  }

  #children(extent: Omit<Extent, 'defaultType'>, contentType: ParameterizedValue): readonly MimePart[] {
    const boundary = contentType.parameters.find(([name]) => name === 'boundary')?.[1] ?? ''
    const defaultType = contentType.value.toLowerCase() === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    const extents = boundary === '' ? [] : this.#extents(extent, `--${boundary}`)
    const found = extents.length === 0 ? [extent] : extents
    return found.map(({ start, end }) => this.parse({ start, end, depth: extent.depth, defaultType }))
  }

  /** Where the parts lie between the delimiter lines (RFC 2046 §5.1.1). */
  #extents({ start, end }: { start: number; end: number }, delimiter: string): { start: number; end: number }[] {
    const extents: { start: number; end: number }[] = []
    const needle = Buffer.from(delimiter, 'latin1')
    let partStart = -1
    for (let at = start; this.#parts + extents.length < maxParts; at += needle.length) {
      at = this.#octets.indexOf(needle, at)
      if (at < 0 || at >= end) break
      const rest = this.#octets.toString('latin1', at + needle.length, Math.min(end, at + needle.length + 80))
      const line = /^(--)?[ \t]*(?:\r?\n|$)/.exec(rest)
      if (line === null || (at > start && this.#octets[at - 1] !== 0x0a)) continue
      if (partStart >= 0) extents.push({ start: partStart, end: Math.max(partStart, this.#beforeLineBreak(at)) })
      partStart = at + needle.length + line[0].length
      if (line[1] !== undefined) return extents
    }
    if (partStart >= 0 && partStart <= end) extents.push({ start: partStart, end })
    return extents
  }

  #beforeLineBreak(at: number): number {
    return this.#octets[at - 2] === 0x0d ? at - 2 : at - 1
  }
}

/** Offset behind the header's empty line; the end, when there is none. */
function headerEnd(octets: Buffer, start: number, end: number): number {
  for (let line = start; line < end;) {
    const lineFeed = octets.indexOf(0x0a, line)
    if (lineFeed < 0 || lineFeed >= end) return end
    if (lineFeed === line || (lineFeed === line + 1 && octets[line] === 0x0d)) return lineFeed + 1
    line = lineFeed + 1
  }
  return end
}

/** The part with these numbers (RFC 9051 §6.4.5.1): a message that is no multipart is its own part 1. */
export function findPart(message: MimePart, numbers: readonly number[]): MimePart | undefined {
  let part: MimePart | undefined = message
  for (const [depth, number] of numbers.entries()) {
    const container: MimePart | undefined = depth === 0 ? part : (part?.embedded ?? part)
    if (container === undefined) return undefined
    if (container.children.length > 0) part = container.children[number - 1]
    else if (number !== 1 || (depth > 0 && part?.embedded === undefined)) return undefined
    else part = container
  }
  return part
}
