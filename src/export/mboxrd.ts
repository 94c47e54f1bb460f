const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const lineFeed = 10
const greater = 62
const mark = Buffer.from('From ')
const quote = Buffer.from('>')

/** A message as it stands in an mbox of the kind "mboxrd" (RFC 4155 and qmail's mbox(5)): a separator, the octets with lines
 *  that could be a separator quoted, and one empty line. Nothing else is changed. */
export interface MboxEntry {
  readonly separator: Uint8Array
  readonly quoted: Uint8Array
  /** Completes the last line, if need be, and adds an empty one. */
  readonly end: Uint8Array
}

/** `receivedSeconds`: since 1970; undefined: nobody knows. */
export function mboxEntry(octets: Uint8Array, receivedSeconds: number | undefined): MboxEntry {
  const isComplete = octets.length === 0 || octets.at(-1) === lineFeed
  return {
    separator: Buffer.from(`From MAILER-DAEMON ${asctime(receivedSeconds)}\n`),
    quoted: quoted(octets),
    end: Buffer.from(isComplete ? '\n' : '\n\n'),
  }
}

/** Each line of any number of `>` and `From ` gets one more `>`; taking one away gives the octets back. */
function quoted(octets: Uint8Array): Uint8Array {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const pieces: Uint8Array[] = []
  let done = 0
  for (let found = buffer.indexOf(mark); found >= 0; found = buffer.indexOf(mark, found + mark.length)) {
    let start = found
    while (start > done && buffer[start - 1] === greater) start--
    if (start > 0 && buffer[start - 1] !== lineFeed) continue
    pieces.push(buffer.subarray(done, start), quote)
    done = start
  }
  if (pieces.length === 0) return octets
  pieces.push(buffer.subarray(done))
  return Buffer.concat(pieces)
}

const latest = 253_402_300_799

/** As asctime(3) writes a time in UTC: what readers of mboxes expect. A time that it cannot write is 1970. */
function asctime(seconds = 0): string {
  const isWritable = Number.isFinite(seconds) && seconds >= 0 && seconds <= latest
  const date = new Date(isWritable ? seconds * 1000 : 0)
  const time = date.toISOString().slice(11, 19)
  const day = String(date.getUTCDate()).padStart(2, ' ')
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`
}
