import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeJson, safeLines, safeText } from '../../src/ui/safe-text.ts'
import { expectSafe, hostileText } from './hostile-text.ts'

test.each([
  ['plain text stays', 'Re: 2 + 2 = 4', 'Re: 2 + 2 = 4'],
  ['letters of all scripts stay', 'Grüße, Привет, 日本語, שלום', 'Grüße, Привет, 日本語, שלום'],
  ['emoji stay', '🎉 ❤️', '🎉 ❤️'],
  ['combining marks stay', 'e\u0301', 'e\u0301'],
  ['an escape sequence is shown', '\u001b[31mred', String.raw`\x1b[31mred`],
  ['the one-octet form of it is shown', '\u009b31mred', String.raw`\x9b31mred`],
  ['a bell and a NUL are shown', 'a\u0007b\u0000', String.raw`a\x07b\x00`],
  ['DEL is shown', 'a\u007f', String.raw`a\x7f`],
  ['line breaks are shown', 'a\r\nFrom: boss', String.raw`a\r\nFrom: boss`],
  ['a tab is a space', 'a\tb', 'a b'],
  ['text is not turned round', 'invoice\u202efdp.exe', String.raw`invoice\u{202e}fdp.exe`],
  ['isolates are shown', '\u2066x\u2069', String.raw`\u{2066}x\u{2069}`],
  ['zero-width characters are shown', 'pay\u200bpal', String.raw`pay\u{200b}pal`],
  ['a soft hyphen is shown', 'pay\u00adpal', String.raw`pay\xadpal`],
  ['tag characters are shown', 'a\u{e0041}', String.raw`a\u{e0041}`],
  ['line separators are shown', 'a\u2028b', String.raw`a\u{2028}b`],
  ['half a surrogate pair is shown', 'a\ud800b', String.raw`a\u{d800}b`],
  ['noncharacters are shown', '\uffff', String.raw`\u{ffff}`],
  ['piles of marks are cut', `z${'\u0301'.repeat(50)}`, `z${'\u0301'.repeat(6)}`],
])('S14, S15: %s', (_, text, shown) => {
  expect(safeText(text)).toBe(shown)
})

test('S14: whatever comes, only printable characters go out, and doing it twice changes nothing', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const safe = safeText(text)
      expectSafe(safe)
      expect(safe).not.toContain('\n')
      expect(safeText(safe)).toBe(safe)
    }),
  )
})

test('a header of several lines stays several lines, each safe', () => {
  expect(safeLines('Subject: a\r\n\tb\u001b\nTo: c')).toEqual(['Subject: a', String.raw`    b\x1b`, 'To: c'])
})

test('S14: JSON says the same to a parser and nothing to a terminal', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const line = safeJson({ text })
      expectSafe(line)
      expect(line).not.toContain('\n')
      expect(JSON.parse(line)).toEqual({ text })
    }),
  )
})

test('absent values are null and 63-bit values strings in JSON', () => {
  expect(safeJson({ a: undefined, modseq: 9_223_372_036_854_775_807n })).toBe(
    '{"a":null,"modseq":"9223372036854775807"}',
  )
})
