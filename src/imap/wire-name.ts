import { AppError } from '../model/errors.ts'

const encodedPart = /&([A-Za-z0-9+,]*)-/g

/** A mailbox name (one character per octet) decoded for people: modified UTF-7 (RFC 9051 Appendix A.1), or raw UTF-8. What
 *  is neither stays as it is (F46). Never the key: two names may decode alike. */
export function decodeWireName(wire: string): string {
  if (/[\u0080-\u00ff]/.test(wire)) return decodeUtf8(wire) ?? wire
  if (!wire.includes('&')) return wire
  const codes = [...wire.matchAll(encodedPart)].map((match) => match[1] ?? '')
  const isWhole = !wire.replace(encodedPart, '').includes('&')
  if (!isWhole || codes.some((code) => code !== '' && decodeUtf16(code) === undefined)) return wire
  return wire.replace(encodedPart, (_, code: string) => (code === '' ? '&' : (decodeUtf16(code) ?? '')))
}

function decodeUtf8(wire: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(wire, 'latin1'))
  } catch {
    return undefined
  }
}

function decodeUtf16(code: string): string | undefined {
  const octets = Buffer.from(code.replaceAll(',', '/'), 'base64')
  if (octets.length < 2 || octets.length % 2 !== 0) return undefined
  const text = octets.swap16().toString('utf16le')
  // A lone surrogate comes back as a replacement character.
  return Buffer.from(text).toString() === text ? text : undefined
}

/** A name as an argument: quoted where that is possible, else to be sent as a literal. Throws COMMAND_REJECTED (mailbox)
 *  for octets that no command can carry (S23). */
export function toArgument(wire: string): { readonly quoted: string } | { readonly literal: Buffer } {
  if (/[\0\r\n]/.test(wire)) {
    throw new AppError({
      code: 'COMMAND_REJECTED',
      scope: 'mailbox',
      message: `could not name the mailbox ${JSON.stringify(wire)} to the server: its name holds a line break or NUL`,
    })
  }
  if (/[\u0080-\u00ff]/.test(wire)) return { literal: Buffer.from(wire, 'latin1') }
  return { quoted: `"${wire.replace(/["\\]/g, String.raw`\$&`)}"` }
}
