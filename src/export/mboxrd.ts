import type { EncodedMessage, FileFormat } from './export-files.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import { receivedSeconds } from './plan-export.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const lineFeed = 10
const carriageReturn = 13
const greater = 62
const mark = Buffer.from('From ')
const quote = Buffer.from('>')

/** An mbox of the kind "mboxrd" (RFC 4155 and qmail's mbox(5)). `withStatus`: flags and keywords stand in header fields in front of
 *  the message's own, as mail programs write them into their mboxes. */
export function mboxFormat({ withStatus }: { readonly withStatus: boolean }): FileFormat {
  return {
    ending: '.mbox',
    encode: ({ message }, octets) => {
      const entry = mboxEntry(octets, receivedSeconds(message))
      if (!withStatus) return entry
      const isCrlf = octets[octets.indexOf(lineFeed) - 1] === carriageReturn
      const fields = statusFields(message).map((field) => `${field}${isCrlf ? '\r\n' : '\n'}`)
      return { ...entry, before: Buffer.concat([entry.before, Buffer.from(fields.join(''))]) }
    },
  }
}

const statusLetters: readonly (readonly [flag: string, letter: string])[] = [
  [String.raw`\Answered`, 'A'],
  [String.raw`\Flagged`, 'F'],
  [String.raw`\Draft`, 'T'],
  [String.raw`\Deleted`, 'D'],
]

/** What is true of one of the places where the message is now. */
function statusFields({ placements }: StoredMessage): readonly string[] {
  const present = placements.filter(({ removedAt }) => removedAt === undefined)
  const flags = new Set(present.flatMap((placement) => placement.flags))
  const keywords = [...new Set(present.flatMap((placement) => placement.keywords))].filter((one) =>
    /^[!-~]+$/.test(one),
  )
  const letters = statusLetters.filter(([flag]) => flags.has(flag)).map(([, letter]) => letter)
  return [
    `Status: ${flags.has(String.raw`\Seen`) ? 'RO' : 'O'}`,
    ...(letters.length === 0 ? [] : [`X-Status: ${letters.join('')}`]),
    ...(keywords.length === 0 ? [] : [`X-Keywords: ${keywords.join(' ')}`]),
  ]
}

/** A separator, the octets with lines that could be a separator quoted, and one empty line; the last line is completed, if need be.
 *  Nothing else is changed. `received`: seconds since 1970; undefined: nobody knows. */
function mboxEntry(octets: Uint8Array, received: number | undefined): EncodedMessage {
  const isComplete = octets.length === 0 || octets.at(-1) === lineFeed
  return {
    before: Buffer.from(`From MAILER-DAEMON ${asctime(received)}\n`),
    body: quoted(octets),
    after: Buffer.from(isComplete ? '\n' : '\n\n'),
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
