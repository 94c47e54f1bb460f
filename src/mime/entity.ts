import { findHeaderEnd, parseHeader } from './header.ts'
import type { Header } from './header.ts'
import { parseParameters } from './parameters.ts'
import type { ParameterizedValue } from './parameters.ts'
import { decodeTransfer, toTransferEncoding } from './transfer-encoding.ts'
import type { TransferEncoding } from './transfer-encoding.ts'

/** A message or a part of one (RFC 2045 §2.4). */
export interface Entity {
  /** Its number as IMAP counts (RFC 9051 §6.4.5); a multipart's own is that of what holds it. */
  readonly part: string
  readonly header: Header
  readonly type: ParameterizedValue
  readonly disposition: ParameterizedValue | undefined
  readonly encoding: TransferEncoding
  /** As it stands in the message, not decoded. */
  readonly body: Buffer
  /** Of a multipart; and the message within a message/rfc822. */
  readonly children: readonly Entity[]
}

/** What bounds the work on one message (S19). */
const mostDepth = 100
const mostParts = 50_000
/** Octets that are looked at for boundaries, in multiples of the message's own. */
const mostScans = 12
const leastScanOctets = 2 ** 24

interface Walk {
  parts: number
  scanned: number
  readonly mostScanned: number
  readonly trouble: Set<string>
}

export interface ParsedEntity {
  readonly root: Entity
  /** What was left out, in words. */
  readonly trouble: readonly string[]
}

/** Takes a message apart; nothing is decoded but messages that are encoded within it. Never throws; time and memory are in
 *  proportion to the message. */
export function parseEntity(message: Buffer): ParsedEntity {
  const mostScanned = Math.max(leastScanOctets, message.length * mostScans)
  const walk: Walk = { parts: 0, scanned: 0, mostScanned, trouble: new Set() }
  const root = readEntity(message, { part: '', leaf: '1', depth: 0, defaultType: 'text/plain' }, walk)
  return { root, trouble: [...walk.trouble] }
}

interface Place {
  /** Its number if it is a multipart: what its parts' numbers begin with. */
  readonly part: string
  /** Its number if it is anything else. */
  readonly leaf: string
  readonly depth: number
  /** What a part is whose header does not say (RFC 2046 §5.1.5). */
  readonly defaultType: string
}

function readEntity(octets: Buffer, place: Place, walk: Walk): Entity {
  walk.parts++
  const start = startOfHeader(octets)
  const { end, bodyStart } = findHeaderEnd(octets, start, octets.length)
  const header = parseHeader(octets, start, end)
  if (!header.isWhole) walk.trouble.add('its header is too long: only the beginning was read')
  const type = contentType(header, place.defaultType)
  const dispositionText = header.first('content-disposition')
  const entity = {
    part: type.value.startsWith('multipart/') ? place.part : place.leaf,
    header,
    type,
    disposition: dispositionText === undefined ? undefined : parseParameters(dispositionText),
    encoding: toTransferEncoding(header.first('content-transfer-encoding')),
    body: octets.subarray(bodyStart),
    children: [],
  }
  if (!isContainer(type.value)) return entity
  if (place.depth >= mostDepth) {
    walk.trouble.add(`its parts are nested more than ${mostDepth} deep: what lies deeper was not read`)
    return { ...entity, part: place.leaf }
  }
  return type.value.startsWith('multipart/') ? readMultipart(entity, place, walk) : readMessage(entity, place, walk)
}

function isContainer(type: string): boolean {
  return type.startsWith('multipart/') || type === 'message/rfc822' || type === 'message/global'
}

/** The line that separates messages in an mbox is no field. */
function startOfHeader(octets: Buffer): number {
  const isMark = octets.length > 5 && octets.toString('latin1', 0, 5) === 'From '
  return isMark ? octets.indexOf(10) + 1 : 0
}

function contentType(header: Header, defaultType: string): ParameterizedValue {
  const raw = header.first('content-type')
  if (raw === undefined) return { value: defaultType, parameters: new Map() }
  const type = parseParameters(raw)
  if (/^[^\s/]+\/[^\s/]+$/.test(type.value)) return type
  // `application/pdf name=x.pdf`: the semicolon was forgotten.
  const beginning = /^[^\s/;=]+\/[^\s/;=]+(?=\s)/.exec(type.value)?.[0]
  return { ...type, value: beginning ?? (type.value === 'text' ? 'text/plain' : defaultType) }
}

function readMultipart(entity: Entity, place: Place, walk: Walk): Entity {
  const boundary = entity.type.parameters.get('boundary') ?? guessedBoundary(entity.body)
  const pieces = boundary === undefined || boundary === '' ? [] : splitAtBoundary(entity.body, boundary, walk)
  if (pieces.length === 0) return asText(entity, place)
  const defaultType = entity.type.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  const children: Entity[] = []
  for (const piece of pieces) {
    if (walk.parts >= mostParts) {
      walk.trouble.add(`it has more than ${mostParts} parts: the rest was not read`)
      break
    }
    const part = entity.part === '' ? `${children.length + 1}` : `${entity.part}.${children.length + 1}`
    const child = readEntity(piece, { part, leaf: part, depth: place.depth + 1, defaultType }, walk)
    if (!isShellOf(boundary, child)) children.push(child)
  }
  return { ...entity, children }
}

function readMessage(entity: Entity, place: Place, walk: Walk): Entity {
  const { part } = entity
  const octets = decodeTransfer(entity.body, entity.encoding)
  const within = { part, leaf: `${part}.1`, depth: place.depth + 1, defaultType: 'text/plain' }
  return { ...entity, children: [readEntity(octets, within, walk)] }
}

/** A multipart whose boundary is that of what holds it: its parts have been taken for its siblings. */
function isShellOf(boundary: string | undefined, { type, body }: Entity): boolean {
  return type.parameters.get('boundary') === boundary && body.length < 100 && body.toString('latin1').trim() === ''
}

/** A multipart without parts is what a person would take it for. */
function asText(entity: Entity, { leaf }: Place): Entity {
  return { ...entity, part: leaf, type: { value: 'text/plain', parameters: entity.type.parameters } }
}

/** The first line that looks like a delimiter, where the header names none. */
function guessedBoundary(body: Buffer): string | undefined {
  const text = body.toString('latin1', 0, 4096)
  return /(?:^|\n)--([^\s-][^\r\n]{0,69})\r?\n/.exec(text)?.[1]?.trimEnd()
}

/** The parts between delimiter lines (RFC 2046 §5.1.1): what stands before the first and after the closing one is left out. */
function splitAtBoundary(body: Buffer, boundary: string, walk: Walk): readonly Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const pieces: Buffer[] = []
  let start: number | undefined
  for (let from = 0; ;) {
    const found = walk.scanned > walk.mostScanned ? -1 : body.indexOf(delimiter, from)
    walk.scanned += (found < 0 ? body.length : found) - from + delimiter.length
    if (found < 0) break
    from = found + delimiter.length
    const line = delimiterLine(body, found, from)
    if (line === undefined) continue
    if (start !== undefined) pieces.push(body.subarray(start, Math.max(start, endBefore(body, found))))
    // Behind a closing delimiter nothing counts, unless a part begins after all: some nest multiparts of one boundary.
    start = line.isClosing ? undefined : line.end
    if (pieces.length >= mostParts) break
    from = line.end
  }
  if (walk.scanned > walk.mostScanned) walk.trouble.add('its parts are too entangled to be read to the end')
  // Without a closing delimiter the last part goes to the end.
  if (start !== undefined) pieces.push(body.subarray(start))
  return pieces
}

/** undefined: what looked like a delimiter stands within a line, or begins a longer word. */
function delimiterLine(
  body: Buffer,
  start: number,
  end: number,
): { readonly isClosing: boolean; readonly end: number } | undefined {
  if (start > 0 && body[start - 1] !== 10) return undefined
  const feed = body.indexOf(10, end)
  const lineEnd = feed < 0 ? body.length : feed
  if (lineEnd - end > 200) return undefined
  const rest = body.toString('latin1', end, lineEnd).trim()
  // Some write more behind the hyphens that close.
  const isClosing = /^--[^\w-]*$/.test(rest)
  if (rest !== '' && !isClosing) return undefined
  return { isClosing, end: feed < 0 ? body.length : feed + 1 }
}

/** The line break before a delimiter belongs to it. */
function endBefore(body: Buffer, delimiter: number): number {
  if (body[delimiter - 1] !== 10) return delimiter
  return body[delimiter - 2] === 13 ? delimiter - 2 : delimiter - 1
}
