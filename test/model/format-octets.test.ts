import { expect, test } from 'vitest'
import { formatOctets, formatRate } from '../../src/model/format-octets.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [99_949, '99.9 kB'],
  [99_999, '100 kB'],
  [999_400, '999 kB'],
  [999_600, '1.0 MB'],
  [56_700_000, '56.7 MB'],
  [1_290_000_000, '1.3 GB'],
  [5e15, '5.0 PB'],
  [5e18, '5000 PB'],
])('%i octets are %s', (octets, text) => {
  expect(formatOctets(octets)).toBe(text)
})

test('a rate is octets a second', () => {
  expect(formatRate(10_000_000, 2000)).toBe('5.0 MB/s')
})

test('a rate over no time is none', () => {
  expect(formatRate(10_000_000, 0)).toBe('0 B/s')
})
