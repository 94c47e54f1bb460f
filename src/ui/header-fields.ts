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
