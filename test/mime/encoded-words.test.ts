import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeWords } from '../../src/mime/encoded-words.ts'

test.each([
  ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore <moore@cs.utk.edu>'],
  ['=?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>', 'André Pirard <PIRARD@vm1.ulg.ac.be>'],
  ['=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=', 'If you can read this yo'],
  ['(=?ISO-8859-1?Q?a?=)', '(a)'],
  ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
  ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a?=    =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
  ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
])('RFC 2047 §8: %s', (text, decoded) => {
  expect(decodeWords(text)).toBe(decoded)
})

test('a language tag is passed over (RFC 2231 §5)', () => {
  expect(decodeWords('=?US-ASCII*EN?Q?Keith_Moore?=')).toBe('Keith Moore')
})

test('F85: a character that is cut in two between words is put together', () => {
  expect(decodeWords('=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=')).toBe('Grüße')
})

test('F85: ISO-2022-JP, GB18030 and EUC-KR are read', () => {
  expect(decodeWords('=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=')).toBe('日本')
  expect(decodeWords('=?gb18030?B?1tDOxA==?=')).toBe('中文')
  expect(decodeWords('=?euc-kr?B?x8+0ww==?=')).toBe('하늘')
})

test('F85: an unknown charset is read as UTF-8 or windows-1252', () => {
  expect(decodeWords('=?x-unknown?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?Q?_d?=')).toBe('Grüße d')
  expect(decodeWords('=?x-unknown?Q?Gr=FC=DFe?=')).toBe('Grüße')
})

test('F85: what is called UTF-8 and is none is read as windows-1252', () => {
  expect(decodeWords('=?utf-8?Q?a=FFb?=')).toBe('aÿb')
})

test('whatever is given, nothing is thrown', () => {
  const word = fc
    .tuple(fc.constantFrom('utf-8', 'nope', 'gb18030', 'utf-16'), fc.constantFrom('B', 'q', 'x'), fc.string())
    .map(([charset, encoding, text]) => `=?${charset}?${encoding}?${text}?=`)
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 6 }), (parts) => {
      expect(typeof decodeWords(parts.join(' '))).toBe('string')
    }),
  )
})
