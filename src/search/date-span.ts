/** A day, a month, a year or an instant, in milliseconds since 1970: from `since` on, before `before`. */
export interface DateSpan {
  readonly since: number
  readonly before: number
}

// A Map has no names but these; an object has `constructor`.
const namedDays: ReadonlyMap<string, number> = new Map([
  ['today', 0],
  ['yesterday', 1],
])
const periodDays: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 }
const dayMs = 86_400_000
const minuteMs = 60_000

/** `2026`, `2026-10`, `2026-10-05`, `2026-10-05T14:00` with or without offset, `7d`, `2w`, `3m`, `1y` (so long ago), `today`,
 *  `yesterday`; `/` may stand for `-`. What has no offset is local time. undefined: this is no date. */
export function parseDateSpan(text: string, nowMs: number): DateSpan | undefined {
  return namedDay(text, nowMs) ?? period(text, nowMs) ?? calendarSpan(text)
}

function namedDay(text: string, nowMs: number): DateSpan | undefined {
  const daysAgo = namedDays.get(text.toLowerCase())
  if (daysAgo === undefined) return undefined
  const now = new Date(nowMs)
  return daySpan(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo)
}

/** By the calendar: not every day has 24 hours. */
function daySpan(year: number, month: number, day: number): DateSpan {
  return { since: new Date(year, month, day).getTime(), before: new Date(year, month, day + 1).getTime() }
}

function period(text: string, nowMs: number): DateSpan | undefined {
  const match = /^(\d{1,5})([dwmy])$/i.exec(text)
  if (match === null) return undefined
  const since = nowMs - Number(match[1]) * (periodDays[(match[2] ?? '').toLowerCase()] ?? 0) * dayMs
  return { since, before: since + dayMs }
}

const isoPattern =
  /^(\d{4})(?:[-/](\d{2})(?:[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/i

function calendarSpan(text: string): DateSpan | undefined {
  const match = isoPattern.exec(text)
  if (match === null) return undefined
  const numbers = [0, 1, 1, 0, 0, 0].map((absent, index) => Number(match[index + 1] ?? absent))
  const local = localDate(numbers)
  if (local === undefined) return undefined
  const [year = 0, month = 1, day = 1] = numbers
  if (match[2] === undefined) return { since: local.getTime(), before: new Date(year + 1, 0, 1).getTime() }
  if (match[3] === undefined) return { since: local.getTime(), before: new Date(year, month, 1).getTime() }
  if (match[4] === undefined) return daySpan(year, month - 1, day)
  const whole = match[8] === undefined ? local.getTime() : utcMs(numbers) - offsetMs(match[8])
  const since = whole + fractionMs(match[7] ?? '')
  return { since, before: since + (match[6] === undefined ? minuteMs : 1000) }
}

/** Up to the next millisecond: what happened in the one that has begun was before it. */
function fractionMs(text: string): number {
  return Math.ceil(Number(text.slice(1).padEnd(9, '0')) / 1_000_000)
}

/** undefined: no calendar has it. */
function localDate(numbers: readonly number[]): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers
  const local = new Date(year, month - 1, day, hour, minute, second)
  // 31 February is not a day in March, and 25 o'clock is not an hour of tomorrow.
  const read = [local.getFullYear(), local.getMonth() + 1, local.getDate(), hour, minute, second]
  return hour > 23 || minute > 59 || second > 59 || read.join() !== numbers.join() ? undefined : local
}

function utcMs([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]): number {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

function offsetMs(text: string): number {
  if (text.toUpperCase() === 'Z') return 0
  const digits = text.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))
  return (digits.startsWith('-') ? -minutes : minutes) * minuteMs
}
