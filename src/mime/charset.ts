import { isAscii, isUtf8 } from 'node:buffer'
import { createRequire } from 'node:module'
import type * as Iconv from 'iconv-lite'

/** Charsets in which octets below 128 do not stand for themselves. */
const stateful = /^(?:utf-?7|utf-?16|utf-?32|ucs|unicode|iso-2022|hz|csiso2022)/
/** What senders write for a charset that TextDecoder has under another name. */
const aliases = new Map(
  Object.entries({
    utf8mb4: 'utf-8',
    'x-unicode-2-0-utf-8': 'utf-8',
    'unicode-1-1-utf-7': 'utf-7',
    'x-unicode-2-0-utf-7': 'utf-7',
    'x-mac-roman': 'macintosh',
    'iso-2022-jp-1': 'iso-2022-jp',
    'iso-2022-jp-2': 'iso-2022-jp',
    'iso-2022-jp-3': 'iso-2022-jp',
    'iso-2022-jp-ms': 'iso-2022-jp',
    'ansi_x3.4-1968': 'us-ascii',
    '7-bit': 'us-ascii',
    '8bit': 'us-ascii',
    ascii: 'us-ascii',
    default: 'us-ascii',
    unknown: 'us-ascii',
    'x-unknown': 'us-ascii',
    'unknown-8bit': 'us-ascii',
  }),
)

/** Octets as text. A charset that is unknown, or that says ASCII of what is not, is read as UTF-8 where that is valid, else
 *  as windows-1252, which takes anything. Never throws. */
export function decodeText(octets: Buffer, charset: string | undefined): string {
  const name = normalName(charset)
  if (isAscii(octets) && !stateful.test(name)) return octets.toString('latin1')
  if (name === 'utf-8' || name === 'us-ascii') return decodeUtf8(octets, name === 'utf-8')
  return withTextDecoder(octets, name) ?? withIconv(octets, name) ?? decodeUtf8(octets, false)
}

/** A header as text: `latin1` is its octets, one for each character. `charset` is what the message says of its text. */
export function decodeRawText(latin1: string, charset?: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- the escape sequences of ISO-2022-JP, which has no octet above 127
  if (/\u001b[$(][@BJ]/.test(latin1)) return decodeText(Buffer.from(latin1, 'latin1'), 'iso-2022-jp')
  if (!/[\u0080-\u00ff]/.test(latin1)) return latin1
  const octets = Buffer.from(latin1, 'latin1')
  if (isUtf8(octets)) return octets.toString('utf8')
  const name = normalName(charset)
  return decodeText(octets, name === 'utf-8' ? undefined : name)
}

function normalName(charset: string | undefined): string {
  const name = (charset ?? 'us-ascii').trim().toLowerCase().replaceAll(/["']/g, '')
  return aliases.get(name) ?? (name === 'utf8' ? 'utf-8' : name)
}

/** A text that is called UTF-8 may have been cut inside a character; one whose octets are mostly none is another charset's. */
function decodeUtf8(octets: Buffer, isDeclared: boolean): string {
  if (isUtf8(octets)) return withoutMark(octets.toString('utf8'))
  if (!isDeclared) return new TextDecoder('windows-1252').decode(octets)
  const text = octets.toString('utf8')
  const broken = text.split('\ufffd').length - 1
  const foreign = text.match(/\P{ASCII}/gu)?.length ?? 0
  return broken * 2 > foreign ? new TextDecoder('windows-1252').decode(octets) : withoutMark(text)
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function withTextDecoder(octets: Buffer, name: string): string | undefined {
  try {
    return new TextDecoder(name).decode(octets)
  } catch {
    return undefined
  }
}

/** Loaded for the few charsets that no browser knows. */
function withIconv(octets: Buffer, name: string): string | undefined {
  const iconv: unknown = createRequire(import.meta.url)('iconv-lite')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the package exports
  const { encodingExists, decode } = iconv as typeof Iconv
  try {
    return encodingExists(name) ? decode(octets, name) : undefined
  } catch {
    return undefined
  }
}
