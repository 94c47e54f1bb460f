/** A header field to be written: the value is ASCII, or octets as characters up to U+00FF. */
export type Field = readonly [name: string, value: string]

/** A part of a message, or all of it: fields and the body under them. */
export interface Entity {
  readonly fields: readonly Field[]
  readonly body: Buffer
}

const lineOctets = 76

/** The entity's octets, lines ending in CRLF as far as the body's do. */
export function writeEntity({ fields, body }: Entity): Buffer {
  const header = fields.map(([name, value]) => `${foldField(`${name}: ${value}`)}\r\n`).join('')
  return Buffer.concat([Buffer.from(`${header}\r\n`, 'latin1'), body])
}

/** At the last space before column 76, where there is one. */
function foldField(line: string): string {
  if (line.length <= lineOctets) return line
  const space = line.lastIndexOf(' ', lineOctets)
  if (space <= line.indexOf(':') + 1) return line
  return `${line.slice(0, space)}\r\n${foldField(line.slice(space))}`
}

export function multipart(subtype: string, boundary: string, parts: readonly Entity[]): Entity {
  const pieces = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), writeEntity(part), Buffer.from('\r\n')])
  return {
    fields: [['Content-Type', `multipart/${subtype}; boundary="${boundary}"`]],
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

/** `octets` are the text in that charset; lines are ended by LF and written with CRLF. */
export function textPart(octets: Buffer, charset: string, type = 'text/plain'): Entity {
  const text = octets.toString('latin1').replaceAll(/\r?\n/g, '\r\n')
  const isEightBit = /[\u0080-\u00ff]/.test(text)
  return {
    fields: [
      ['Content-Type', `${type}; charset=${charset}`],
      ['Content-Transfer-Encoding', isEightBit ? '8bit' : '7bit'],
    ],
    body: Buffer.from(text, 'latin1'),
  }
}

/** The part with its body in quoted-printable (RFC 2045 §6.7). */
export function inQuotedPrintable(part: Entity): Entity {
  const lines = part.body.toString('latin1').split('\r\n').map(quoteLine)
  return { fields: withEncoding(part.fields, 'quoted-printable'), body: Buffer.from(lines.join('\r\n'), 'latin1') }
}

function quoteLine(line: string): string {
  const units = line.match(/[\s\S]/g) ?? []
  let written = ''
  let column = 0
  for (const [index, unit] of units.entries()) {
    const isPlain = /[!-<>-~]/.test(unit) || (unit === ' ' && index < units.length - 1)
    const encoded = isPlain ? unit : `=${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
    if (column + encoded.length > lineOctets - 1) {
      written += '=\r\n'
      column = 0
    }
    written += encoded
    column += encoded.length
  }
  return written
}

/** The part with its body in base64 (RFC 2045 §6.8). */
export function inBase64(part: Entity): Entity {
  const lines = part.body.toString('base64').match(/.{1,76}/g) ?? []
  return { fields: withEncoding(part.fields, 'base64'), body: Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1') }
}

function withEncoding(fields: readonly Field[], encoding: string): readonly Field[] {
  const name = 'Content-Transfer-Encoding'
  return [...fields.filter((field) => field[0] !== name), [name, encoding]]
}

/** A file of any kind. A name outside of ASCII is written by RFC 2231. */
export function attachment(name: string, type: string, octets: Buffer): Entity {
  return inBase64({
    fields: [
      ['Content-Type', type],
      ['Content-Disposition', `attachment; ${parameter('filename', name)}`],
    ],
    body: octets,
  })
}

function parameter(name: string, value: string): string {
  if (/^[ -~]*$/.test(value)) return `${name}="${value}"`
  const encoded = [...Buffer.from(value, 'utf8')].map((octet) => {
    const character = String.fromCharCode(octet)
    return /[A-Za-z0-9.-]/.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return `${name}*=utf-8''${encoded.join('')}`
}

/** `octets` as an encoded word in base64 (RFC 2047 §4.1). */
export function wordInBase64(octets: Buffer, charset: string): string {
  return `=?${charset}?B?${octets.toString('base64')}?=`
}

/** `octets` as an encoded word with quoted letters (RFC 2047 §4.2). */
export function wordInQuotes(octets: Buffer, charset: string): string {
  const quoted = [...octets].map((octet) => {
    const character = String.fromCharCode(octet)
    if (character === ' ') return '_'
    return /[A-Za-z0-9]/.test(character) ? character : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return `=?${charset}?Q?${quoted.join('')}?=`
}
