import { maxHeaderOctets } from '../model/header-fields.ts'
import { splitLabels } from './gmail-labels.ts'
import type { MailText } from './import-ports.ts'

/** What a mail program has written into a message that lies in its files. */
export interface LocalFields {
  /** System flags and keywords; undefined: it says nothing of them. */
  readonly flags: readonly string[] | undefined
  /** Of Google Takeout. */
  readonly labels: readonly string[]
  /** Of the first Received field, else of Date: seconds since 1970. */
  readonly seconds: number | undefined
  /** Where the header ends, and where in it those fields stand: octets. */
  readonly headerEnd: number
  readonly spans: readonly (readonly [start: number, end: number])[]
}

const lineFeed = 10
const carriageReturn = 13

interface Field {
  readonly name: string
  readonly value: string
  readonly start: number
  readonly end: number
}

/** Fields that only a mail program's own files have: they were not there when the message came. */
const localNames: ReadonlySet<string> = new Set([
  'status',
  'x-status',
  'x-keywords',
  'x-uid',
  'x-imap',
  'x-imapbase',
  'content-length',
  'lines',
  'x-mozilla-status',
  'x-mozilla-status2',
  'x-mozilla-keys',
  'x-gm-thrid',
  'x-gmail-labels',
])

/** Reads the header of a message out of an mbox. */
export function readLocalFields(octets: Buffer, mail: MailText): LocalFields {
  const fields = new Map<string, Field>()
  const spans: (readonly [number, number])[] = []
  let headerEnd = 0
  for (const field of fieldsOf(octets)) {
    headerEnd = field.end
    if (!fields.has(field.name)) fields.set(field.name, field)
    if (localNames.has(field.name)) spans.push([field.start, field.end])
  }
  const valueOf = (name: string): string | undefined => fields.get(name)?.value
  const labels = splitLabels(mail.words(valueOf('x-gmail-labels') ?? ''))
  const received = valueOf('received')?.split(';').at(-1)
  const seconds = mail.date(received ?? '') ?? mail.date(valueOf('date') ?? '')
  const told = flagsOf(valueOf)
  const flags = labels.flags === undefined ? told : [...(told ?? []), ...labels.flags]
  return { flags, labels: labels.labels, seconds, headerEnd, spans }
}

/** From the first line on, up to what is no field. */
function* fieldsOf(octets: Buffer): Generator<Field> {
  const text = octets.toString('latin1', 0, maxHeaderOctets)
  const pattern = /([!-9;-~]+)[ \t]*:((?:[^\n]*\n[ \t])*[^\n]*)(?:\n|$)/y
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, name = '', value = ''] = match
    const unfolded = value.replaceAll(/\r?\n/g, '').trim()
    yield { name: name.toLowerCase(), value: unfolded, start: match.index, end: pattern.lastIndex }
  }
}

const letterFlags: readonly (readonly [letter: string, flag: string])[] = [
  ['R', String.raw`\Seen`],
  ['A', String.raw`\Answered`],
  ['F', String.raw`\Flagged`],
  ['T', String.raw`\Draft`],
  ['D', String.raw`\Deleted`],
]

/** Bits of X-Mozilla-Status; Thunderbird keeps what was deleted until it compacts the file. */
const mozillaFlags: readonly (readonly [bit: number, flag: string])[] = [
  [0x1, String.raw`\Seen`],
  [0x2, String.raw`\Answered`],
  [0x4, String.raw`\Flagged`],
  [0x8, String.raw`\Deleted`],
  [0x1000, '$Forwarded'],
]

function flagsOf(valueOf: (name: string) => string | undefined): readonly string[] | undefined {
  const [status, more, mozilla] = ['status', 'x-status', 'x-mozilla-status'].map(valueOf)
  const keywords = words(`${valueOf('x-keywords') ?? ''} ${valueOf('x-mozilla-keys') ?? ''}`)
  if (status === undefined && more === undefined && mozilla === undefined && keywords.length === 0) return undefined
  const letters = `${status ?? ''}${more ?? ''}`
  const bits = /^[\da-f]{1,4}$/i.test(mozilla ?? '') ? Number.parseInt(mozilla ?? '0', 16) : 0
  return [
    ...letterFlags.filter(([letter]) => letters.includes(letter)).map(([, flag]) => flag),
    ...mozillaFlags.filter(([bit]) => (bits & bit) !== 0).map(([, flag]) => flag),
    ...keywords,
  ]
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => isKeyword(word))
}

/** A flag-keyword (RFC 9051 §9): an atom. */
export function isKeyword(text: string): boolean {
  return /^[^\s(){%*"\\\]\p{Cc}]{1,200}$/u.test(text)
}

/** The same message in other forms, in which a server would have sent it: without what the mail program has written into it, and with
 *  the line ends of mail (RFC 5322 §2.1). The likeliest first; none where the octets are as on the wire. */
export function* wireForms(octets: Buffer, fields: LocalFields): Generator<Buffer> {
  const bare = fields.spans.length === 0 ? undefined : without(octets, fields.spans)
  const hasLocalEnds = !octets.includes('\r\n') && octets.includes(lineFeed)
  if (hasLocalEnds) yield withWireEnds(bare ?? octets)
  if (bare !== undefined) yield bare
  if (hasLocalEnds && bare !== undefined) yield withWireEnds(octets)
  // An mbox cannot end a message without a line end.
  if (octets.at(-1) === lineFeed && octets.at(-2) !== carriageReturn) yield octets.subarray(0, -1)
}

function without(octets: Buffer, spans: LocalFields['spans']): Buffer {
  const pieces: Buffer[] = []
  let done = 0
  for (const [start, end] of spans) {
    pieces.push(octets.subarray(done, start))
    done = end
  }
  return Buffer.concat([...pieces, octets.subarray(done)])
}

/** Each line ends with CRLF, whatever it ended with; the same octets where all do. */
export function withWireEnds(octets: Buffer): Buffer {
  if (!hasBareLineFeed(octets)) return octets
  const lines: Buffer[] = []
  const crlf = Buffer.from('\r\n')
  let start = 0
  for (let feed = octets.indexOf(lineFeed); feed >= 0; feed = octets.indexOf(lineFeed, start)) {
    const end = octets[feed - 1] === carriageReturn && feed > start ? feed - 1 : feed
    lines.push(octets.subarray(start, end), crlf)
    start = feed + 1
  }
  return Buffer.concat([...lines, octets.subarray(start)])
}

function hasBareLineFeed(octets: Buffer): boolean {
  for (let feed = octets.indexOf(lineFeed); feed >= 0; feed = octets.indexOf(lineFeed, feed + 1)) {
    if (octets[feed - 1] !== carriageReturn) return true
  }
  return false
}
