import { bad } from './command-refused.ts'
import { findPart } from './message-structure.ts'
import { parseHeader } from './message-header.ts'
import type { FetchItem } from './fetch-row.ts'
import type { MimePart } from './message-structure.ts'

/** A piece of a message that FETCH is asked for (RFC 9051 §6.4.5.1). */
export interface BodySection {
  /** The name of the data item in the answer: `BODY[HEADER]<0>`. */
  readonly label: string
  readonly setsSeen: boolean
  readonly part: readonly number[]
  readonly piece: 'all' | 'header' | 'fields' | 'other fields' | 'text' | 'mime'
  /** In lower case. */
  readonly fields: readonly string[]
  readonly partial: { readonly start: number; readonly octets: number } | undefined
}

const pieces: Readonly<Record<string, BodySection['piece']>> = {
  '': 'all',
  HEADER: 'header',
  'HEADER.FIELDS': 'fields',
  'HEADER.FIELDS.NOT': 'other fields',
  TEXT: 'text',
  MIME: 'mime',
}

const whole = { part: [], fields: [], partial: undefined }
const oldNames = new Map<string, BodySection>([
  ['RFC822', { ...whole, label: 'RFC822', setsSeen: true, piece: 'all' }],
  ['RFC822.HEADER', { ...whole, label: 'RFC822.HEADER', setsSeen: false, piece: 'header' }],
  ['RFC822.TEXT', { ...whole, label: 'RFC822.TEXT', setsSeen: true, piece: 'text' }],
])

/** Reads `BODY.PEEK[1.HEADER.FIELDS (Date From)]<0.100>`; undefined when it is another data item. */
export function parseBodySection(text: string): BodySection | undefined {
  const old = oldNames.get(text.toUpperCase())
  if (old !== undefined) return old
  const match = /^BODY(\.PEEK)?\[([^\]]*)\](?:<(\d{1,10})\.(\d{1,10})>)?$/i.exec(text)
  if (match === null) return undefined
  const [, peek, section = '', start, octets] = match
  return {
    ...parseSectionName(section),
    label: `BODY[${section}]${start === undefined ? '' : `<${start}>`}`,
    setsSeen: peek === undefined,
    partial: start === undefined ? undefined : { start: Number(start), octets: Number(octets) },
  }
}

function parseSectionName(section: string): Pick<BodySection, 'part' | 'piece' | 'fields'> {
  const match = /^((?:\d{1,9}\.?)*)([A-Z.]*)(?: *\(([^()]*)\))?$/i.exec(section)
  const [, part = '', name = '?', fields = ''] = match ?? []
  const piece = pieces[name.toUpperCase()]
  if (piece === undefined) throw bad(`there is no section ${section.slice(0, 80)}`)
  return {
    part: part.split('.').filter(Boolean).map(Number),
    piece,
    fields: fields
      .toLowerCase()
      .split(/[\s"]+/)
      .filter(Boolean),
  }
}

/** The octets of the section, shared with the message wherever they lie in one piece; undefined: there is no such part. */
export function sectionItem(octets: Buffer, structure: () => MimePart, section: BodySection): FetchItem {
  const isWhole = section.part.length === 0 && section.piece === 'all'
  const content = isWhole ? octets : sectionOctets(octets, structure(), section)
  const { partial } = section
  const cut = partial === undefined ? content : content?.subarray(partial.start, partial.start + partial.octets)
  return { name: section.label, octets: cut }
}

function sectionOctets(octets: Buffer, message: MimePart, section: BodySection): Buffer | undefined {
  const part = findPart(message, section.part)
  if (part === undefined) return undefined
  const isMessage = section.part.length === 0
  if (section.piece === 'all') return octets.subarray(part.bodyStart, part.end)
  if (section.piece === 'mime') return isMessage ? undefined : octets.subarray(part.start, part.bodyStart)
  const enclosed = isMessage ? part : part.embedded
  if (enclosed === undefined) return undefined
  if (section.piece === 'text') return octets.subarray(enclosed.bodyStart, enclosed.end)
  const header = octets.subarray(enclosed.start, enclosed.bodyStart)
  return section.piece === 'header' ? header : chosenFields(header, section)
}

function chosenFields(header: Buffer, { piece, fields }: BodySection): Buffer {
  const chosen = parseHeader(header.toString('latin1'))
    .filter((field) => fields.includes(field.name.toLowerCase()) === (piece === 'fields'))
    .map((field) => field.raw)
  return Buffer.from(`${chosen.join('')}\r\n`, 'latin1')
}
