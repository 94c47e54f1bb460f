import { expect, test } from 'vitest'
import { formatDuration, formatRemaining } from '../../src/ui/format-duration.ts'

test.each([
  [0, '0 ms'],
  [340, '340 ms'],
  [999.6, '1.0 s'],
  [12_345, '12.3 s'],
  [59_940, '59.9 s'],
  [59_960, '1m 00s'],
  [65_000, '1m 05s'],
  [3_599_600, '1h 00m'],
  [7_380_000, '2h 03m'],
  [86_400_000, '1d 00h'],
  [273_600_000, '3d 04h'],
])('%d ms are %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text)
})

test.each([
  [-5, '1s'],
  [0, '1s'],
  [44_100, '45s'],
  [65_000, '1m 05s'],
])('with %d ms to go, %s is shown', (durationMs, text) => {
  expect(formatRemaining(durationMs)).toBe(text)
})
