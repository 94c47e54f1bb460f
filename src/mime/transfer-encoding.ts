const equals = 61
const lineFeed = 10
const carriageReturn = 13
const blank = 32
const tab = 9

export type TransferEncoding = 'base64' | 'quoted-printable' | 'identity'

/** Content-Transfer-Encoding (RFC 2045 §6); what is unknown is taken as it is. */
export function toTransferEncoding(value: string | undefined): TransferEncoding {
  const name = (value ?? '')
    .trim()
    .toLowerCase()
    .replaceAll(/["';].*$/g, '')
  if (name === 'base64') return 'base64'
  return name === 'quoted-printable' ? 'quoted-printable' : 'identity'
}

/** The data that `octets` stand for. Broken encodings are read as far as they go; never throws. */
export function decodeTransfer(octets: Buffer, encoding: TransferEncoding): Buffer {
  if (encoding === 'base64') return isNoBase64(octets) ? octets : decodeBase64(octets)
  return encoding === 'quoted-printable' ? decodeQuotedPrintable(octets) : octets
}

/** How many octets `decodeTransfer` would give. Base64 in regular lines is measured, not decoded. */
export function decodedLength(octets: Buffer, encoding: TransferEncoding): number {
  if (encoding !== 'base64' || isNoBase64(octets)) return decodeTransfer(octets, encoding).length
  return regularBase64Length(octets) ?? decodeBase64(octets).length
}

/** Text that was never encoded, whatever its header says: a tenth of its first characters cannot be base64. */
function isNoBase64(octets: Buffer): boolean {
  const sample = octets.toString('latin1', 0, 1000)
  const foreign = sample.length - sample.replaceAll(/[^A-Za-z0-9+/=\r\n]/g, '').length
  return foreign * 10 > sample.length
}

/** Some senders encode piece by piece, each with its padding: Node would stop at the first. */
function decodeBase64(octets: Buffer): Buffer {
  const text = octets.toString('latin1')
  const padding = text.indexOf('=')
  if (padding < 0 || !/[A-Za-z0-9+/]/.test(text.slice(padding))) return Buffer.from(text, 'base64')
  const pieces = text.split(/=+/).filter((piece) => piece.trim() !== '')
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')))
}

/** undefined: the lines are not all as long as the first. */
function regularBase64Length(octets: Buffer): number | undefined {
  const { end, padding } = endOfData(octets)
  if (padding > 2) return undefined
  const firstEnd = octets.indexOf(lineFeed)
  if (firstEnd < 0 || firstEnd >= end) {
    return isPlain(octets, 0, end) ? dataLength(end + padding, padding) : undefined
  }
  const stride = firstEnd + 1
  const breakOctets = octets[firstEnd - 1] === carriageReturn ? 2 : 1
  for (let place = firstEnd; place < end; place += stride) if (octets[place] !== lineFeed) return undefined
  const lines = Math.floor(end / stride)
  // A line break more or fewer would show where lines begin and end; looking at three of them tells what kind of lines they are.
  const samples = [0, Math.floor(lines / 2) * stride, lines * stride]
  if (!samples.every((start) => isPlain(octets, start, Math.min(start + stride - breakOctets, end)))) return undefined
  return dataLength(end + padding - lines * breakOctets, padding)
}

/** Where the last character that is data ends, and how much padding stands behind it. */
function endOfData(octets: Buffer): { readonly end: number; readonly padding: number } {
  let end = octets.length
  let padding = 0
  for (; end > 0; end--) {
    const octet = octets[end - 1]
    if (octet === equals) padding++
    else if (octet !== lineFeed && octet !== carriageReturn && octet !== blank) break
  }
  return { end, padding }
}

function dataLength(characters: number, padding: number): number | undefined {
  return characters % 4 === 0 ? (characters / 4) * 3 - padding : undefined
}

/** Only characters of the base64 alphabet. */
function isPlain(octets: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    const octet = octets[index] ?? 0
    const isLetter = (octet >= 65 && octet <= 90) || (octet >= 97 && octet <= 122)
    if (!isLetter && !(octet >= 47 && octet <= 57) && octet !== 43) return false
  }
  return true
}

/** RFC 2045 §6.7: white space at the end of a line is not the sender's, `=` at its end joins the next one. */
function decodeQuotedPrintable(octets: Buffer): Buffer {
  if (!octets.includes(equals) && !octets.includes(' \n') && !octets.includes(' \r')) return octets
  const decoded = Buffer.allocUnsafe(octets.length)
  let length = 0
  // What was written as =XX is the sender's, blanks too.
  let meant = 0
  for (let index = 0; index < octets.length; index++) {
    const octet = octets[index] ?? 0
    if (octet === equals) {
      const soft = softBreakEnd(octets, index + 1)
      if (soft !== undefined) {
        index = soft - 1
        continue
      }
      const value = hexPair(octets, index + 1)
      decoded[length++] = value ?? octet
      if (value !== undefined) index += 2
      meant = length
    } else {
      if (octet === lineFeed) length = withoutTrailingBlanks(decoded, meant, length)
      decoded[length++] = octet
    }
  }
  return decoded.subarray(0, length)
}

/** The `Q` of encoded words, and percent-free quoting: `=XX` only. */
export function decodeQuoted(octets: Buffer): Buffer {
  if (!octets.includes(equals)) return octets
  const decoded = Buffer.allocUnsafe(octets.length)
  let length = 0
  for (let index = 0; index < octets.length; index++) {
    const octet = octets[index] ?? 0
    const value = octet === equals ? hexPair(octets, index + 1) : undefined
    decoded[length++] = value ?? octet
    if (value !== undefined) index += 2
  }
  return decoded.subarray(0, length)
}

/** Where the line after a soft line break begins; undefined: `start` is not right behind one's `=`. */
function softBreakEnd(octets: Buffer, start: number): number | undefined {
  let place = start
  while (octets[place] === blank || octets[place] === tab) place++
  if (place >= octets.length) return place
  if (octets[place] === lineFeed) return place + 1
  if (octets[place] !== carriageReturn) return undefined
  return octets[place + 1] === lineFeed ? place + 2 : place + 1
}

function hexPair(octets: Buffer, start: number): number | undefined {
  const high = hexDigit(octets[start])
  const low = hexDigit(octets[start + 1])
  return high === undefined || low === undefined ? undefined : high * 16 + low
}

function hexDigit(octet: number | undefined): number | undefined {
  if (octet === undefined) return undefined
  if (octet >= 48 && octet <= 57) return octet - 48
  const letter = octet | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : undefined
}

/** Before a line feed; a carriage return stays. */
function withoutTrailingBlanks(decoded: Buffer, start: number, length: number): number {
  const hasReturn = length > start && decoded[length - 1] === carriageReturn
  let end = hasReturn ? length - 1 : length
  while (end > start && (decoded[end - 1] === blank || decoded[end - 1] === tab)) end--
  if (hasReturn) decoded[end++] = carriageReturn
  return end
}
