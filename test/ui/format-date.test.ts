import { expect, test } from 'vitest'
import { formatLocalTime, formatUtc } from '../../src/ui/format-date.ts'

test('an instant is shown in local time', () => {
  expect(formatLocalTime(new Date(2026, 9, 5, 14, 3).getTime())).toBe('2026-10-05 14:03')
  expect(formatLocalTime(new Date(2026, 9, 5, 4, 3).toISOString())).toBe('2026-10-05 04:03')
})

test('F82: what is no date is never NaN', () => {
  expect(formatLocalTime('never')).toBe('unknown')
  expect(formatUtc(1e20)).toBeUndefined()
  expect(formatUtc(undefined)).toBeUndefined()
})

test('seconds are written in UTC', () => {
  expect(formatUtc(837_596_665)).toBe('1996-07-17T09:44:25.000Z')
})
