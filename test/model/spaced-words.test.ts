import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordSpacer } from '../../src/model/spaced-words.ts'
import { toWords } from '../../src/model/words.ts'

const spacedWords = wordSpacer()

/** As SQLite's `ascii` tokenizer reads it. */
function asciiTokens(text: string): readonly string[] {
  const tokens = text.match(/[0-9A-Za-z\u0080-\uffff]+/g) ?? []
  return tokens.map((token) => token.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()))
}

test.each([
  ['Re: Zürich, GRÜSSE', 'Re: Zurich, GRuSSE'],
  ['x½ ℃', 'x1 2  c'],
  ['Node入門3', 'Node 入門 門 3'],
  ['tea🙂cake', 'tea 🙂 cake'],
  ['e\u0301te\u0301', 'ete'],
  ['plain ASCII stays. (As it is.)', 'plain ASCII stays. (As it is.)'],
])('%j is spaced as %j', (text, spaced) => {
  expect(spacedWords(text)).toBe(spaced)
})

const single = 'aB1 -<éßİΣς½ﬁ℃㎏㍿Ａｶﾞ×हतم東かがカー한、〜Ωø🙂⌚𝔄𠮷'
const invisible = '\0\u007f\u0301\u0338\u3099\u0903\u094d\u064f\u1100\u1161\u11a8\u200d\ufe0f\ue000'
const nasty = fc.constantFrom(...Array.from(single + invisible), '👨‍👩‍👧', '\ud800', '\udc00')

test('whatever the text, its words are the same to the tokenizer of the index', () => {
  const texts = fc.oneof(
    fc.array(nasty, { maxLength: 20 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(asciiTokens(spacedWords(text))).toEqual(toWords(text))
    }),
    { numRuns: 5000 },
  )
})

test('each character by itself, between letters and between characters of Chinese, is read as in toWords', () => {
  const characters = Array.from({ length: 0xffff }, (_, index) => String.fromCodePoint(index + 1))
  const texts = characters.flatMap((character) => [character, `a${character}b`, `東${character}京`])
  const differ = texts.filter((text) => asciiTokens(spacedWords(text)).join(' ') !== toWords(text).join(' '))
  expect(differ).toEqual([])
})
