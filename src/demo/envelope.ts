import { fieldValue, parseParameters } from './message-header.ts'
import type { HeaderField } from './message-header.ts'
import type { MimePart } from './message-structure.ts'

/** NIL, a quoted string, or a literal where the octets need one. Text is one character per octet. */
export function nstring(text: string | undefined): string {
  if (text === undefined) return 'NIL'
  if (/[\r\n\0\u0080-\u00ff]/.test(text)) return `{${text.length}}\r\n${text}`
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

/** ENVELOPE (RFC 9051 §7.5.2), from the fields as they stand. */
export function formatEnvelope(fields: readonly HeaderField[]): string {
  const [from, sender, replyTo, to, cc, bcc] = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'].map((name) =>
    formatAddresses(fieldValue(fields, name)),
  )
  const parts = [
    nstring(fieldValue(fields, 'date')),
    nstring(fieldValue(fields, 'subject')),
    from,
    sender === 'NIL' ? from : sender,
    replyTo === 'NIL' ? from : replyTo,
    to,
    cc,
    bcc,
    nstring(fieldValue(fields, 'in-reply-to')),
    nstring(fieldValue(fields, 'message-id')),
  ]
  return `(${parts.join(' ')})`
}

const maxAddresses = 1000
/** Splitting takes the square of the length at worst. */
const maxAddressOctets = 16 * 1024

function formatAddresses(value: string | undefined): string {
  const addresses =
    value === undefined
      ? []
      : splitAddresses(value.slice(0, maxAddressOctets)).slice(0, maxAddresses).map(formatAddress)
  const formatted = addresses.join('')
  return formatted === '' ? 'NIL' : `(${formatted})`
}

/** At the commas and semicolons that stand outside of quotes, angles and comments; a group's name is dropped. */
function splitAddresses(value: string): readonly string[] {
  const addresses: string[] = []
  let current = ''
  for (const [token] of value.matchAll(/"(?:[^"\\]|\\.)*"|<[^>]*>|\((?:[^()\\]|\\.)*\)|[^"<(,;:]+|./g)) {
    if (token === ':') current = ''
    else if (token !== ',' && token !== ';') current += token
    else {
      addresses.push(current)
      current = ''
    }
  }
  return [...addresses, current].map((address) => address.trim()).filter((address) => address !== '')
}

function formatAddress(text: string): string {
  const angle = /^(.*?)<([^>]*)>/.exec(text)
  const comment = /\(((?:[^()\\]|\\.)*)\)/.exec(text)
  const bare = text.replaceAll(/\((?:[^()\\]|\\.)*\)/g, '').trim()
  const address = (angle?.[2] ?? bare).trim()
  const phrase = (angle?.[1] ?? comment?.[1] ?? '').trim()
  const name = phrase.replace(/^"(.*)"$/s, '$1').replaceAll(/\\(.)/g, '$1')
  const at = address.lastIndexOf('@')
  const [local, host] = at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)]
  return `(${nstring(name === '' ? undefined : name)} NIL ${nstring(local)} ${nstring(host)})`
}

/** BODYSTRUCTURE; without `isExtended`, BODY (RFC 9051 §7.5.2). */
export function formatBodyStructure(octets: Buffer, part: MimePart, isExtended: boolean): string {
  const [type = '', subtype = ''] = part.contentType.value.toUpperCase().split('/')
  const parameters = formatParameters(part.contentType.parameters)
  const extension = isExtended ? ` ${formatDisposition(part.fields)} ${formatLanguage(part.fields)}` : ''
  if (part.children.length > 0) {
    const children = part.children.map((child) => formatBodyStructure(octets, child, isExtended)).join('')
    return `(${children} ${nstring(subtype)}${isExtended ? ` ${parameters}${extension}` : ''})`
  }
  const size = part.end - part.bodyStart
  const fields = [
    nstring(type),
    nstring(subtype),
    parameters,
    nstring(fieldValue(part.fields, 'content-id')),
    nstring(fieldValue(part.fields, 'content-description')),
    nstring((fieldValue(part.fields, 'content-transfer-encoding') ?? '7BIT').toUpperCase()),
    String(size),
  ]
  if (part.embedded !== undefined) {
    fields.push(formatEnvelope(part.embedded.fields), formatBodyStructure(octets, part.embedded, isExtended))
  }
  if (type === 'TEXT' || part.embedded !== undefined) fields.push(String(countLines(octets, part)))
  return `(${fields.join(' ')}${isExtended ? ' NIL' : ''}${extension})`
}

function formatParameters(parameters: readonly (readonly [string, string])[]): string {
  if (parameters.length === 0) return 'NIL'
  return `(${parameters.map(([name, value]) => `${nstring(name.toUpperCase())} ${nstring(value)}`).join(' ')})`
}

function formatDisposition(fields: readonly HeaderField[]): string {
  const text = fieldValue(fields, 'content-disposition')
  if (text === undefined) return 'NIL'
  const { value, parameters } = parseParameters(text)
  return `(${nstring(value.toUpperCase())} ${formatParameters(parameters)})`
}

function formatLanguage(fields: readonly HeaderField[]): string {
  return `${nstring(fieldValue(fields, 'content-language'))} ${nstring(fieldValue(fields, 'content-location'))}`
}

function countLines(octets: Buffer, { bodyStart, end }: MimePart): number {
  let lines = 0
  for (let at = octets.indexOf(0x0a, bodyStart); at >= 0 && at < end; at = octets.indexOf(0x0a, at + 1)) lines++
  return lines
}
