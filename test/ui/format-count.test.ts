import { expect, test } from 'vitest'
import { countOf, formatCount } from '../../src/ui/format-count.ts'

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
])('%i is written %s', (count, text) => {
  expect(formatCount(count)).toBe(text)
})

test('one is singular, all else plural', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'message'))).toEqual(['0 messages', '1 message', '2 messages'])
  expect(countOf(2, 'mailbox', 'mailboxes')).toBe('2 mailboxes')
})
