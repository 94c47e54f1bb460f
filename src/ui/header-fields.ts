import { decodeWords } from './encoded-words.ts'

export interface HeaderField {
  readonly name: string
  /** Unfolded, otherwise as written. */
  readonly value: string
}

/** Fields beyond this are not read (S19); no honest message has as many. */
const mostFields = 2000
const longestHeader = 1_048_576
const lineFeed = 10
const carriageReturn = 13

/** The octets before the empty line, without it; everything when there is none. */
export function headerOctets(message: Uint8Array): Uint8Array {
  let lineStart = 0
  for (let end = message.indexOf(lineFeed); end >= 0; end = message.indexOf(lineFeed, lineStart)) {
    const isEmpty = end === lineStart || (end === lineStart + 1 && message[lineStart] === carriageReturn)
    if (isEmpty) return message.subarray(0, lineStart)
    lineStart = end + 1
  }
  return message
}

/** Octets as text: UTF-8 where that is valid (RFC 6532), else windows-1252, which takes anything. */
export function octetsToText(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    return new TextDecoder('windows-1252').decode(octets)
  }
}

/** The fields of a message in their order. Lines that are no field are left out; never throws. */
export function readHeaderFields(message: Uint8Array): readonly HeaderField[] {
  const header = headerOctets(message)
  const text = octetsToText(header.subarray(0, longestHeader))
  const fields: HeaderField[] = []
  let name: string | undefined
  let values: string[] = []
  const finish = (): void => {
    if (name !== undefined && fields.length < mostFields) fields.push({ name, value: values.join('').trim() })
    name = undefined
  }
  for (const line of text.split(/\r?\n/)) {
    if (fields.length >= mostFields) break
    if (line.startsWith(' ') || line.startsWith('\t')) {
      // A line that continues nothing belongs to nothing.
      if (name !== undefined) values.push(line)
      continue
    }
    finish()
    const match = /^([!-9;-~]{1,200})[ \t]*:/.exec(line)
    if (match === null) continue
    name = match[1]
    values = [line.slice(match[0].length)]
  }
  finish()
  return fields
}

/** The value of the first field of that name, decoded for reading; undefined when there is none. */
export function readableField(fields: readonly HeaderField[], name: string): string | undefined {
  const field = fields.find((one) => one.name.toLowerCase() === name.toLowerCase())
  if (field === undefined) return undefined
  return decodeWords(field.value, addressFields.has(name.toLowerCase()) ? quoteName : undefined)
}

const addressFields = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'])

/** A decoded name must not look like an address or a second recipient (S15). */
function quoteName(decoded: string): string {
  return /[<>@,;:"()]/.test(decoded) ? `"${decoded.replaceAll('"', "'")}"` : decoded
}
