import { InvalidArgumentError } from 'commander'
import type { LogPosition } from '../sync/change-log.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const longestMs = 366 * 86_400_000

/** `90s`, `10m`, `1h30m`; a bare number is seconds. Milliseconds, more than 0. */
export function parseDuration(text: string): number {
  const parts = /^\d+(?:\.\d+)?$/.test(text) ? [[text, text, 's']] : [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  const read = parts.map(([whole]) => whole).join('')
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ''] ?? 0), 0)
  if (read !== text || total <= 0 || total > longestMs) {
    throw new InvalidArgumentError('Expected a duration, such as 90s, 10m or 1h30m.')
  }
  return total
}

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}

const periodDays: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 }
const dayMs = 86_400_000

/** Where a log begins: a sequence number, or a date: `2026-10`, `2026-10-05`, `2026-10-05T14:00`, `7d`, `2w`, `today`,
 *  `yesterday`. Dates without an offset are local time. undefined: neither. */
export function parsePosition(text: string, nowMs: number): LogPosition | undefined {
  if (/^\d{1,15}$/.test(text)) return { afterSeq: Number(text) }
  const fromMs = namedDay(text, nowMs) ?? period(text, nowMs) ?? calendarDate(text)
  return fromMs === undefined ? undefined : { fromMs }
}

function namedDay(text: string, nowMs: number): number | undefined {
  const daysAgo = { today: 0, yesterday: 1 }[text.toLowerCase()]
  if (daysAgo === undefined) return undefined
  const now = new Date(nowMs)
  // By the calendar: not every day has 24 hours.
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo).getTime()
}

function period(text: string, nowMs: number): number | undefined {
  const match = /^(\d{1,5})([dwmy])$/i.exec(text)
  if (match === null) return undefined
  return nowMs - Number(match[1]) * (periodDays[(match[2] ?? '').toLowerCase()] ?? 0) * dayMs
}

const isoPattern =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?)?$/i

function calendarDate(text: string): number | undefined {
  const match = isoPattern.exec(text)
  if (match === null) return undefined
  const numbers = [0, 1, 1, 0, 0, 0].map((absent, index) => Number(match[index + 1] ?? absent))
  const local = localDate(numbers)
  const offset = match[7]
  return local === undefined || offset === undefined ? local?.getTime() : utcMs(numbers) - offsetMs(offset)
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
  return (digits.startsWith('-') ? -minutes : minutes) * 60_000
}
