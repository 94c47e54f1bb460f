const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Hours east of UTC (RFC 5322 §4.3, and names that programs write). A name that is unknown says nothing: UTC. */
const zones: Readonly<Record<string, number>> = {
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
  akst: -9,
  akdt: -8,
  hst: -10,
  wet: 0,
  west: 1,
  bst: 1,
  met: 1,
  mest: 2,
  cet: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  msd: 4,
  ist: 5.5,
  hkt: 8,
  jst: 9,
  kst: 9,
  aest: 10,
  aedt: 11,
  nzst: 12,
  nzdt: 13,
}

const time = String.raw`(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?(?:\s*([ap])\.?m\.?)?`
const zone = String.raw`(?:\s*,?\s*(?:gmt|utc|ut)?([+-]\d{1,2}:?\d{0,2})|\s*([a-z]{1,5}))?`
const year = String.raw`(\d{4}|\d{2,3})`
/** `Tue, 1 Jul 2003 10:52:37 +0200`, also with hyphens or without the time. */
const dayFirst = new RegExp(
  String.raw`(?:^|[^\d:])(\d{1,2})[\s.-]+([a-z]{3})[a-z]*\.?[\s,-]+${year}(?:[\s,T]+(?:at\s+)?${time})?${zone}`,
  'i',
)
/** `Wed Jun 30 21:49:08 1993`, also with the zone before or after the year. */
const monthFirst = new RegExp(
  String.raw`([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+${time}(?:\s+(?!\d)([a-z]{1,5}))?\s+${year}(?:\s*([+-]\d{4}))?`,
  'i',
)
/** `July 1, 2003 10:52 PM`. */
const monthDayYear = new RegExp(
  String.raw`([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+${year}(?:[\s,]+(?:at\s+)?${time})?${zone}`,
  'i',
)
const iso = new RegExp(String.raw`(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T\s]+${time})?${zone}`, 'i')

interface Parts {
  readonly year: string | undefined
  /** From 1. */
  readonly month: number
  readonly day: string | undefined
  readonly time: readonly (string | undefined)[]
  readonly offset: string | undefined
  readonly zoneName: string | undefined
}

/** Reads a date (RFC 5322 §3.3, §4.3) and what else stands in Date fields. Seconds since 1970; undefined: this is no date, or none
 *  between 1900 and 2200. Never throws. */
export function parseDate(text: string): number | undefined {
  const cleaned = text
    .slice(0, 200)
    .replaceAll(/\([^()]*\)/g, ' ')
    .trim()
  const parts = readIso(cleaned) ?? readDayFirst(cleaned) ?? readMonthFirst(cleaned) ?? readMonthDayYear(cleaned)
  return parts === undefined ? undefined : toSeconds(parts)
}

function readIso(text: string): Parts | undefined {
  const match = iso.exec(text)
  if (match === null) return undefined
  const [, yearText, month, day, ...rest] = match
  return { year: yearText, month: Number(month), day, time: rest.slice(0, 4), offset: rest[4], zoneName: rest[5] }
}

function readDayFirst(text: string): Parts | undefined {
  const match = dayFirst.exec(text)
  if (match === null) return undefined
  const [, day, month = '', yearText, ...rest] = match
  return { year: yearText, month: monthOf(month), day, time: rest.slice(0, 4), offset: rest[4], zoneName: rest[5] }
}

function readMonthFirst(text: string): Parts | undefined {
  const match = monthFirst.exec(text)
  if (match === null) return undefined
  const [, month = '', day, ...rest] = match
  return { year: rest[5], month: monthOf(month), day, time: rest.slice(0, 4), offset: rest[6], zoneName: rest[4] }
}

function readMonthDayYear(text: string): Parts | undefined {
  const match = monthDayYear.exec(text)
  if (match === null) return undefined
  const [, month = '', day, yearText, ...rest] = match
  return { year: yearText, month: monthOf(month), day, time: rest.slice(0, 4), offset: rest[4], zoneName: rest[5] }
}

/** 0: no month is called so. */
function monthOf(name: string): number {
  return months.indexOf(name.slice(0, 3).toLowerCase()) + 1
}

function toSeconds({
  year: yearText,
  month,
  day: dayText,
  time: timeTexts,
  offset,
  zoneName,
}: Parts): number | undefined {
  const [hours = '0', minutes = '0', seconds = '0', half] = timeTexts
  const fullYear = toYear(yearText ?? '')
  const [day, minute, second] = [Number(dayText), Number(minutes), Number(seconds)]
  const hour = toHour(Number(hours), half)
  const midnight = midnightOf(fullYear, month, day)
  if (midnight === undefined || hour > 24 || minute > 59 || second > 60) return undefined
  return midnight / 1000 + hour * 3600 + minute * 60 + second - offsetSeconds(offset, zoneName)
}

/** Milliseconds since 1970; undefined: no calendar has the day. */
function midnightOf(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || year < 1900 || year > 2200) return undefined
  const midnight = Date.UTC(year, month - 1, day)
  return new Date(midnight).getUTCDate() === day ? midnight : undefined
}

function toHour(hour: number, half: string | undefined): number {
  if (half === undefined) return hour
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

/** RFC 5322 §4.3: two digits below 50 are of this century, others and three digits count from 1900. */
function toYear(text: string): number {
  const number = Number(text)
  if (text.length >= 4) return number
  return text.length === 2 && number < 50 ? 2000 + number : 1900 + number
}

function offsetSeconds(offset: string | undefined, name: string | undefined): number {
  if (offset === undefined) return (zones[(name ?? '').toLowerCase()] ?? 0) * 3600
  const digits = offset.slice(1).replace(':', '')
  const [hours, minutes] =
    digits.length <= 2 ? [Number(digits), 0] : [Number(digits.slice(0, -2)), Number(digits.slice(-2))]
  // Nobody lives further from Greenwich: such an offset is a mistake, and taken for none.
  if (hours > 14 || minutes > 59) return 0
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}
