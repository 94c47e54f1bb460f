import { AppError } from '../model/errors.ts'
import { OctetWindow } from './octet-window.ts'

/** A message of an mbox as it stands there. */
export interface MboxEntry {
  /** Of its separator, in octets from the beginning of the mbox. */
  readonly offset: number
  /** The separator without its line end, octet for octet. */
  readonly separator: string
  /** What follows the separator, still quoted, without the empty line that ends it. In memory that is used again. */
  readonly octets: Buffer
  /** Its Content-Length told where it ends, and that was true. */
  readonly isMeasured: boolean
}

const lineFeed = 10
const carriageReturn = 13
const mark = Buffer.from('From ')
const markInText = Buffer.from('\nFrom ')
/** What is longer is no separator. */
const longestSeparator = 1000
/** A Content-Length that is larger is not believed: all of it would be held in memory until it proves true. */
const largestMeasured = 2 ** 28
/** What a message may hold of memory. */
const largestMessage = 2 ** 30
/** A header that is longer has no end. */
const longestHeader = 2 ** 20

/** `From ada@example.org Thu Jan  1 00:00:00 1970` (RFC 4155, mbox(5)), with a zone before or after the year, with or without seconds. */
const dated =
  /^From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[a-z]{3} +\d{1,2}|\d{1,2} +[a-z]{3}) +(?:\d{4} +)?\d{1,2}:\d\d/i
const field = /^[!-9;-~]+[ \t]*:/
const contentLength = /^content-length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r?$/im

/** Cuts an mbox of any kind into its messages as its octets come in. A separator is a line that begins with "From " and has a date;
 *  where that of the first message has none, one that follows an empty line and is followed by a header. A Content-Length goes
 *  before both, if a separator or the end is where it says (mboxcl, mboxcl2). */
export class MboxSplitter {
  readonly #window = new OctetWindow()
  /** How far the message in the window has been looked through; from its separator on. */
  #searched = 0
  /** Length of the line that the message in the window begins with, with its end; 0: it has not been read. */
  #separatorLength = 0
  /** Where the message ends by its own word; undefined: it has not been asked; NaN: it does not say, or says what is not so. */
  #measured: number | undefined
  #isDated: boolean | undefined
  #isOver = false

  /** Whether what has come so far begins like an mbox; undefined: too little has. */
  get isMbox(): boolean | undefined {
    const { octets } = this.#window
    if (octets.length < mark.length && !this.#isOver) return undefined
    return octets.subarray(0, mark.length).equals(mark)
  }

  /** Throws DAMAGED where a message has more octets than any has. */
  *push(chunk: Uint8Array): Generator<MboxEntry> {
    if (this.#window.length > largestMessage) {
      const message = `a message begins at octet ${this.#window.offset} and has no end within ${largestMessage} octets`
      throw new AppError({ code: 'DAMAGED', scope: 'message', message })
    }
    this.#window.append(chunk)
    yield* this.#cut()
  }

  /** There is no more: what is left is the last message. */
  *end(): Generator<MboxEntry> {
    this.#isOver = true
    yield* this.#cut()
  }

  *#cut(): Generator<MboxEntry> {
    for (;;) {
      const { length } = this.#window
      if (length === 0 || (!this.#isOver && length < mark.length)) return
      const end = this.#endOfMessage()
      if (end === undefined) return
      const { octets, offset } = this.#window
      const separator = octets.toString('latin1', 0, this.#separatorLength).replace(/\r?\n$/, '')
      const isMeasured = this.#measured === end
      const body = octets.subarray(this.#separatorLength, end)
      yield { offset, separator, octets: isMeasured ? body : withoutEmptyLine(body), isMeasured }
      this.#window.drop(isMeasured ? end + emptyLinesAt(octets, end) : end)
      this.#searched = 0
      this.#separatorLength = 0
      this.#measured = undefined
    }
  }

  /** undefined: it has not come yet. */
  #endOfMessage(): number | undefined {
    if (!this.#readSeparator()) return undefined
    const next = this.#nextSeparator()
    const measured = (this.#measured ??= this.#measure(next))
    if (measured === undefined) return undefined
    if (!Number.isNaN(measured)) return measured
    return next ?? (this.#isOver ? this.#window.length : undefined)
  }

  /** False: more has to come. */
  #readSeparator(): boolean {
    if (this.#separatorLength > 0) return true
    const { octets } = this.#window
    const feed = octets.indexOf(lineFeed)
    if (feed < 0 && !this.#isOver) return false
    this.#separatorLength = feed < 0 ? octets.length : feed + 1
    this.#isDated ??= dated.test(octets.toString('latin1', 0, Math.min(this.#separatorLength, longestSeparator)))
    this.#searched = this.#separatorLength - 1
    return true
  }

  /** Where the next message begins, as far as can be told. */
  #nextSeparator(): number | undefined {
    const { octets } = this.#window
    for (;;) {
      const found = octets.indexOf(markInText, this.#searched)
      if (found < 0) {
        this.#searched = Math.max(this.#searched, octets.length - markInText.length)
        return undefined
      }
      const is = this.#isSeparator(octets, found + 1)
      this.#searched = found
      if (is === undefined) return undefined
      if (is) return found + 1
      this.#searched = found + 1
    }
  }

  /** undefined: too little has come to tell. */
  #isSeparator(octets: Buffer, start: number): boolean | undefined {
    const feed = octets.indexOf(lineFeed, start)
    const isWhole = feed >= 0 || this.#isOver || octets.length - start > longestSeparator
    if (!isWhole) return undefined
    const end = Math.min(feed < 0 ? octets.length : feed, start + longestSeparator)
    if (this.#isDated === true) return dated.test(octets.toString('latin1', start, end))
    if (!followsEmptyLine(octets, start)) return false
    const next = feed + 1
    if (octets.length - next < 100 && octets.indexOf(lineFeed, next) < 0 && !this.#isOver) return undefined
    return feed >= 0 && field.test(octets.toString('latin1', next, next + 100))
  }

  /** undefined: more has to come; NaN: there is no length that is true. */
  #measure(next: number | undefined): number | undefined {
    const { octets } = this.#window
    const start = this.#separatorLength
    const header = endOfHeader(octets, start)
    const mayCome = next === undefined && !this.#isOver && octets.length - start < longestHeader
    if (header === undefined && mayCome) return undefined
    if (header === undefined || (next !== undefined && next < header)) return NaN
    const told = contentLength.exec(octets.toString('latin1', start, header))?.[1]
    return told === undefined || Number(told) > largestMeasured ? NaN : this.#measuredEnd(octets, header + Number(told))
  }

  #measuredEnd(octets: Buffer, end: number): number | undefined {
    if (octets.length < end + longestSeparator && !this.#isOver) return undefined
    return end <= octets.length && this.#endsAt(octets, end) ? end : NaN
  }

  #endsAt(octets: Buffer, end: number): boolean {
    const next = end + emptyLinesAt(octets, end)
    if (next >= octets.length) return true
    if (!octets.subarray(next, next + mark.length).equals(mark)) return false
    // Without any line end in between the separator would be part of a line.
    return next > end || octets[end - 1] === lineFeed
  }
}

/** Length of the line ends from there on, two at most: the one that the last line lacks, and the empty line. */
function emptyLinesAt(octets: Buffer, start: number): number {
  let end = start
  for (let lines = 0; lines < 2; lines++) {
    if (octets[end] === lineFeed) end++
    else if (octets[end] === carriageReturn && octets[end + 1] === lineFeed) end += 2
    else break
  }
  return end - start
}

/** Behind the first empty line; undefined: there is none. */
function endOfHeader(octets: Buffer, start: number): number | undefined {
  for (let line = start; line < octets.length;) {
    if (octets[line] === lineFeed) return line + 1
    if (octets[line] === carriageReturn && octets[line + 1] === lineFeed) return line + 2
    const feed = octets.indexOf(lineFeed, line)
    if (feed < 0 || feed - start > longestHeader) return undefined
    line = feed + 1
  }
  return undefined
}

function followsEmptyLine(octets: Buffer, start: number): boolean {
  const before = start - 1
  return octets[before - 1] === lineFeed || (octets[before - 1] === carriageReturn && octets[before - 2] === lineFeed)
}

/** The line end that closes the message's last line stays. */
function withoutEmptyLine(octets: Buffer): Buffer {
  const { length } = octets
  if (octets[length - 1] !== lineFeed) return octets
  if (length === 1 || octets[length - 2] === lineFeed) return octets.subarray(0, length - 1)
  const isEmptyCrlf = octets[length - 2] === carriageReturn && (length === 2 || octets[length - 3] === lineFeed)
  return isEmptyCrlf ? octets.subarray(0, length - 2) : octets
}
