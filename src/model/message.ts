import { toIso } from './instant.ts'
import type { Uid } from './uid-set.ts'

/** INTERNALDATE (RFC 9051 §2.3.3): the instant, and what the server wrote. */
export interface InternalDate {
  /** Seconds since 1970 in UTC; undefined when the text is no date (F82). */
  readonly seconds: number | undefined
  /** Minutes east of UTC as the server wrote it. */
  readonly offsetMinutes: number | undefined
  /** The server's own words. */
  readonly text: string
}

/** What FETCH told of a message besides its octets; undefined is "not told" (F69). */
export interface MessageRow {
  readonly uid: Uid
  /** As the server wrote them, `\Recent` included. */
  readonly flags: readonly string[] | undefined
  /** RFC 7162, 1 to 2^63−1. */
  readonly modseq: bigint | undefined
  readonly internalDate: InternalDate | undefined
  /** RFC822.SIZE in octets; may differ from what BODY[] holds (F72). */
  readonly size: number | undefined
  /** EMAILID (RFC 8474) or X-GM-MSGID: a hint, never identity. */
  readonly providerId: string | undefined
  /** THREADID (RFC 8474) or X-GM-THRID: the server's own idea of a conversation. */
  readonly threadId?: string | undefined
  /** X-GM-LABELS. */
  readonly labels: readonly string[] | undefined
}

/** A message as fetched: its row and its octets. */
export interface FetchedMessage {
  readonly row: MessageRow
  /** BODY[]: exactly the octets that came. Empty is a message of 0 octets; undefined: the server sent NIL (I09). */
  readonly octets: Uint8Array | undefined
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** As servers spell them. */
const monthNumbers: ReadonlyMap<string, number> = new Map(
  months.map((name, index) => [name.charAt(0).toUpperCase() + name.slice(1), index]),
)
const internalDatePattern = /^\s?(\d{1,2})-([a-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2})(?: ([+-])(\d{2})(\d{2}))?$/i

/** Reads `17-Jul-1996 02:44:25 -0700` (RFC 9051 §9 date-time). Never throws: odd dates keep their text only. */
export function parseInternalDate(text: string): InternalDate {
  return readUsual(text) ?? readOdd(text)
}

/** What nearly every server writes; without groups, which would be made for each date. */
const usualPattern = /^\d\d-[A-Z][a-z][a-z]-\d{4} \d\d:\d\d:\d\d [+-]\d{4}$/
const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The usual form by its places: a first sync reads as many as there are messages. undefined: it is another, or no date, or one on which
 *  something would carry over. */
function readUsual(text: string): InternalDate | undefined {
  if (!usualPattern.test(text)) return undefined
  const [day, year] = [numberAt(text, 0, 2), numberAt(text, 7, 4)]
  const [hour, minute, second] = [numberAt(text, 12, 2), numberAt(text, 15, 2), numberAt(text, 18, 2)]
  const [hours, minutes] = [numberAt(text, 22, 2), numberAt(text, 24, 2)]
  const month = monthNumbers.get(text.slice(3, 6)) ?? -1
  const isTime = Math.max(hour, hours) < 24 && Math.max(minute, second, minutes) < 60
  const isDay = year >= 1000 && day >= 1 && day <= (daysOfMonths[month] ?? 0)
  if (!isTime || !isDay) return undefined
  const offsetMinutes = (text[21] === '-' ? -1 : 1) * (hours * 60 + minutes)
  const seconds = Date.UTC(year, month, day, hour, minute, second) / 1000 - offsetMinutes * 60
  return { seconds, offsetMinutes, text }
}

/** Of digits. */
function numberAt(text: string, start: number, digits: number): number {
  let number = 0
  for (let index = start; index < start + digits; index++) number = number * 10 + text.charCodeAt(index) - 48
  return number
}

function readOdd(text: string): InternalDate {
  const unreadable = { seconds: undefined, offsetMinutes: undefined, text }
  const match = internalDatePattern.exec(text)
  if (match === null) return unreadable
  const [day = 0, year = 0, hour = 0, minute = 0, second = 0] = [1, 3, 4, 5, 6].map((group) => Number(match[group]))
  const month = months.indexOf((match[2] ?? '').toLowerCase())
  const offset = offsetMinutesOf(match[7], match[8], match[9])
  const local = Date.UTC(year, month, day, hour, minute, second)
  // Date.UTC turns 31 February into March, and takes the years 0 to 99 for 1900 to 1999.
  const isReal = month >= 0 && new Date(local).getUTCDate() === day && year >= 100 && Math.abs(offset) < 24 * 60
  return isReal ? { seconds: local / 1000 - offset * 60, offsetMinutes: offset, text } : unreadable
}

function offsetMinutesOf(sign: string | undefined, hours = '0', minutes = '0'): number {
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `17-Jul-1996 02:44:25 -0700` (RFC 9051 §9 date-time). `offsetMinutes`: east of UTC. */
export function formatInternalDate(seconds: number, offsetMinutes: number): string {
  const local = toIso((seconds + offsetMinutes * 60) * 1000)
  const [year = '', month = '', day = '', time = ''] = local.split(/[-T.]/)
  const distance = Math.abs(offsetMinutes)
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${twoDigits(Math.floor(distance / 60))}${twoDigits(distance % 60)}`
  const name = months[Number(month) - 1] ?? month
  return `${day}-${name.charAt(0).toUpperCase()}${name.slice(1)}-${year} ${time} ${zone}`
}

/** Of a message that no server has dated, in UTC. */
export function internalDateAt(seconds: number): InternalDate {
  return { seconds, offsetMinutes: 0, text: formatInternalDate(seconds, 0) }
}

/** Flags in the form in which they are stored and compared: system flags spelt as in RFC 9051 §2.3.2, no `\Recent`
 *  (it belongs to a session), keywords as the server wrote them, each once, sorted. */
export interface FlagSet {
  readonly flags: readonly string[]
  readonly keywords: readonly string[]
}

const systemFlags = new Map(
  [String.raw`\Seen`, String.raw`\Answered`, String.raw`\Flagged`, String.raw`\Deleted`, String.raw`\Draft`].map(
    (flag) => [flag.toLowerCase(), flag],
  ),
)

export function splitFlags(raw: readonly string[]): FlagSet {
  const flags = new Set<string>()
  const keywords = new Map<string, string>()
  for (const flag of raw) {
    const folded = flag.toLowerCase()
    const system = systemFlags.get(folded)
    if (system !== undefined) flags.add(system)
    // Keywords differ in case only by a server's whim (F70): the first spelling stands.
    else if (folded !== String.raw`\recent` && flag !== '' && !keywords.has(folded)) keywords.set(folded, flag)
  }
  return { flags: [...flags].toSorted(), keywords: [...keywords.values()].toSorted() }
}
