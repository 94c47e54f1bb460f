import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { padEnd, padStart, textWidth, truncateEnd, truncateMiddle, wrapWords } from '../../src/ui/cell-width.ts'
import { safeText } from '../../src/ui/safe-text.ts'
import { hostileText } from './hostile-text.ts'

test.each([
  ['', 0],
  ['INBOX', 5],
  ['Грüße', 5],
  ['日本語', 6],
  ['ｆｕｌｌ', 8],
  ['ﾊﾝｶｸ', 4],
  ['한국어', 6],
  ['🎉', 2],
  ['❤', 1],
  ['❤️', 2],
  ['🇩🇪', 2],
  ['e\u0301', 1],
  ['𠮷', 2],
])('%s takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width)
})

test.each([
  ['Archive/2019', 12, 'Archive/2019'],
  ['Archive/2019', 8, 'Archive…'],
  ['日本語日本語', 6, '日本…'],
  ['Archive', 1, '…'],
  ['Archive', 0, ''],
])('%s is cut to %i columns at its end', (text, width, cut) => {
  expect(truncateEnd(text, width)).toBe(cut)
})

test.each([
  ['/home/ada/.local/share/mailmirror/mail.db', 20, '/home/ada/…r/mail.db'],
  ['Projekte/日本語/2019', 12, 'Projek…/2019'],
])('%s is cut to %i columns in its middle', (text, width, cut) => {
  expect(truncateMiddle(text, width)).toBe(cut)
})

test('nothing that is cut or filled up is wider than it may be', () => {
  fc.assert(
    fc.property(hostileText, fc.integer({ min: 0, max: 40 }), (text, width) => {
      const safe = safeText(text)
      expect(textWidth(truncateEnd(safe, width))).toBeLessThanOrEqual(width)
      expect(textWidth(truncateMiddle(safe, width))).toBeLessThanOrEqual(width)
      expect(textWidth(padEnd(truncateEnd(safe, width), width))).toBe(width)
      expect(textWidth(padStart(truncateEnd(safe, width), width))).toBe(width)
    }),
  )
})

test('words are wrapped and later lines indented', () => {
  expect(wrapWords('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four'])
})

test('a word that is too long stands alone', () => {
  expect(wrapWords('a https://example.org/long b', 8)).toEqual(['a', 'https://example.org/long', 'b'])
})

test('text without blanks breaks between wide characters, and nowhere else', () => {
  expect(wrapWords('見 東京都千代田区の天気は晴れ b', 10)).toEqual(['見', '東京都千代', '田区の天気', 'は晴れ b'])
  expect(wrapWords('東京https://example.org/long東京', 10)).toEqual(['東京', 'https://example.org/long', '東京'])
})
