import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDuration, parsePosition, wholeNumber } from '../../src/commands/option-parsers.ts'

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['500ms', 500],
  ['2d', 172_800_000],
])('%s is a duration', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '0', '0s', '-5s', '5x', 's', '10 m', '1h-5m', '400d', '1e9', '5m garbage', 'Infinity', '١٠m'])(
  '"%s" is no duration',
  (text) => {
    expect(() => parseDuration(text)).toThrow('Expected a duration')
  },
)

const now = new Date(2026, 9, 26, 15, 30, 0).getTime()
const day = 86_400_000

test.each([
  ['0', { afterSeq: 0 }],
  ['1200', { afterSeq: 1200 }],
  // A year alone is a number; 2026-01 is the date.
  ['2026', { afterSeq: 2026 }],
  ['2026-10', { fromMs: new Date(2026, 9, 1).getTime() }],
  ['2026-10-05', { fromMs: new Date(2026, 9, 5).getTime() }],
  ['2026-10-05T14:03', { fromMs: new Date(2026, 9, 5, 14, 3).getTime() }],
  ['2026-10-05 14:03:59', { fromMs: new Date(2026, 9, 5, 14, 3, 59).getTime() }],
  ['2026-10-05T14:03:00Z', { fromMs: Date.UTC(2026, 9, 5, 14, 3) }],
  ['2026-10-05T14:03:00.123+02:00', { fromMs: Date.UTC(2026, 9, 5, 12, 3, 0, 123) }],
  ['2026-10-05T14:03-0330', { fromMs: Date.UTC(2026, 9, 5, 17, 33) }],
  ['7d', { fromMs: now - 7 * day }],
  ['2w', { fromMs: now - 14 * day }],
  ['today', { fromMs: new Date(2026, 9, 26).getTime() }],
  // As the log writes them, and finer than it can: what is later in the same millisecond has happened after it.
  ['2026-10-05T14:00:07.069Z', { fromMs: Date.UTC(2026, 9, 5, 14, 0, 7, 69) }],
  ['2026-10-05T14:00:07.5+02:00', { fromMs: Date.UTC(2026, 9, 5, 12, 0, 7, 500) }],
  ['2026-10-05T14:00:07.001', { fromMs: new Date(2026, 9, 5, 14, 0, 7, 1).getTime() }],
  ['2026-10-05T14:00:07.001000001Z', { fromMs: Date.UTC(2026, 9, 5, 14, 0, 7, 2) }],
  // By the calendar, also across the end of summer time.
  ['Yesterday', { fromMs: new Date(2026, 9, 25).getTime() }],
])('%s is a place in the log', (text, position) => {
  expect(parsePosition(text, now)).toEqual(position)
})

test.each([
  '',
  'foo',
  '__proto__',
  'constructor',
  '2026-13',
  '2026-02-31',
  '2026-10-05T25:00',
  '2026-10-05T10:61',
  '-5',
  '1.5',
  '5 d',
  '2026-1-1',
])('"%s" is none', (text) => {
  expect(parsePosition(text, now)).toBeUndefined()
})

test('whatever is typed, a place is a number or none', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(Z|[+-]\d{4})?)?)?$/)),
      (text) => {
        const position = parsePosition(text, now)
        for (const value of Object.values(position ?? {})) expect(Number.isFinite(value)).toBe(true)
      },
    ),
  )
})

test('whole numbers have bounds', () => {
  const parse = wholeNumber(1, 100)
  expect([parse('1'), parse('100')]).toEqual([1, 100])
  for (const text of ['0', '101', '1.5', '', 'x', '1e1', '-1', '99999999999999999999']) {
    expect(() => parse(text)).toThrow('Expected a whole number from 1 to 100')
  }
})
