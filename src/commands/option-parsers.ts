import { InvalidArgumentError } from 'commander'
import type { LogPosition } from '../model/change.ts'
import { parseDateSpan } from '../search/date-span.ts'

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

/** Where a log begins: a sequence number, or a date: `2026-10`, `2026-10-05`, `2026-10-05T14:00`, `7d`, `2w`, `today`,
 *  `yesterday`. Dates without an offset are local time. undefined: neither. */
export function parsePosition(text: string, nowMs: number): LogPosition | undefined {
  if (/^\d{1,15}$/.test(text)) return { afterSeq: Number(text) }
  const span = parseDateSpan(text, nowMs)
  return span === undefined ? undefined : { fromMs: span.since }
}
