/** `=?charset*language?encoding?text?=` (RFC 2047 §2, RFC 2231 §5), with the white space that follows it. Each part is
 *  bounded by what cannot occur in it, so a match is linear. */
const encodedWord = /=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^?\s]*)\?=/g

interface Word {
  readonly charset: string
  readonly octets: Uint8Array
}

/** Replaces encoded words by what they say. Neighbours in one charset are joined before they are decoded, because some
 *  senders cut characters in two (F85). What cannot be read stays as it is; never throws. `quote` may frame a decoded
 *  run. */
export function decodeWords(text: string, quote: (decoded: string) => string = (decoded) => decoded): string {
  let decoded = ''
  let end = 0
  let run: Word | undefined
  const flush = (): void => {
    if (run !== undefined) decoded += quote(decodeOctets(run))
    run = undefined
  }
  for (const match of text.matchAll(encodedWord)) {
    const word = readWord(match)
    if (word === undefined) continue
    const between = text.slice(end, match.index)
    // White space between two encoded words is not shown (RFC 2047 §6.2).
    const isNeighbour = run !== undefined && between.trim() === ''
    if (!isNeighbour || run?.charset !== word.charset) flush()
    if (!isNeighbour) decoded += between
    run = { charset: word.charset, octets: run === undefined ? word.octets : joined(run.octets, word.octets) }
    end = match.index + match[0].length
  }
  flush()
  return decoded + text.slice(end)
}

function readWord([, charset = '', encoding = '', text = '']: RegExpMatchArray): Word | undefined {
  const folded = charset.toLowerCase()
  if (!isKnownCharset(folded)) return undefined
  const octets = encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quotedOctets(text)
  return { charset: folded, octets }
}

function quotedOctets(text: string): Uint8Array {
  const spaced = text.replaceAll('_', ' ')
  const unquoted = spaced.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(unquoted, 'latin1')
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  return Buffer.concat([left, right])
}

function isKnownCharset(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding !== ''
  } catch {
    return false
  }
}

function decodeOctets({ charset, octets }: Word): string {
  return new TextDecoder(charset).decode(octets)
}
