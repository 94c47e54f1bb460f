/** The text of a header value with its encoded words decoded (RFC 2047); what cannot be decoded stays as it is. */
export function decodeEncodedWords(value: string): string {
  const joined = value.replaceAll(/(=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=)\s+(?==\?)/g, '$1')
  return joined.replaceAll(
    /=\?([^?*\s]+)(?:\*[^?]*)?\?([BbQq]\?[^?\s]*)\?=/g,
    (word, charset: string, encoded: string) => decode(charset, encoded) ?? word,
  )
}

/** `encoded` is the letter of the encoding, a question mark and the text. */
function decode(charset: string, encoded: string): string | undefined {
  const text = encoded.slice(2)
  const octets = encoded.startsWith('B') || encoded.startsWith('b') ? Buffer.from(text, 'base64') : decodeQ(text)
  try {
    return new TextDecoder(charset).decode(octets)
  } catch {
    return undefined
  }
}

function decodeQ(text: string): Buffer {
  const plain = text
    .replaceAll('_', ' ')
    .replaceAll(/=([0-9A-Fa-f]{2})/g, (_code, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1')
}
