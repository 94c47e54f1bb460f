import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldText, toPhrase, toWords } from '../../src/model/words.ts'

test.each([
  ["Don't AND a-b", ['don', 't', 'and', 'a', 'b']],
  ['Ünïcödé Straße ŁÓDŹ Ørsted', ['unicode', 'strasse', 'lodz', 'orsted']],
  ['ﬁne Ａｂ１', ['fine', 'ab1']],
  ['日本語', ['日本', '本語', '語']],
  ['Node入門', ['node', '入門', '門']],
  ['第3回', ['第', '3', '回']],
  ['ｶﾞｷ', ['ガキ', 'キ']],
  ['한국', ['한국', '국']],
  ['🎉 party', ['🎉', 'party']],
  ['हिन्दी भाषा', ['हिन्दी', 'भाषा']],
  ['ΣΊΣΥΦΟΣ', ['σισυφοσ']],
  ['Ёлка и йод', ['елка', 'и', 'иод']],
  ['مُحَمَّد', ['محمد']],
  ['a\0b', ['a', 'b']],
  ['!?', []],
])('the words of %s', (text, words) => {
  expect(toWords(text)).toEqual(words)
})

/** Whether the words of a phrase follow each other in those of a text: what the index does. */
function isFound(text: string, query: string, prefix = false): boolean {
  const words = toWords(text)
  const phrase = toPhrase(query, prefix)
  return words.some((_, start) =>
    phrase.words.every((word, index) => {
      const own = words[start + index] ?? ''
      const isLast = index === phrase.words.length - 1
      return isLast && phrase.prefix ? own.startsWith(word) : own === word
    }),
  )
}

const cjk = fc.constantFrom(...Array.from('日本語中文漢字かなカナ한국어말ー'))

test('F92 any two or more adjacent characters of Chinese, Japanese or Korean are found, scripts mixed', () => {
  fc.assert(
    fc.property(fc.array(cjk, { minLength: 2, maxLength: 12 }), fc.nat(), fc.nat(), (characters, at, more) => {
      const start = at % (characters.length - 1)
      const length = 2 + (more % (characters.length - start - 1))
      const text = `Betreff: ${characters.join('')} und mehr`
      expect(isFound(text, characters.slice(start, start + length).join(''))).toBe(true)
    }),
  )
})

test('a single character of Chinese, Japanese or Korean is found wherever it stands', () => {
  for (const character of '日本語') expect(isFound('x 日本語 y', character)).toBe(true)
  expect(isFound('日本語', '中')).toBe(false)
})

test('scripts that touch are found together, and apart', () => {
  for (const query of ['Node入門', '入門編', 'de', '編 第3', '第3回', '3回']) {
    expect([query, isFound('Node入門編 第3回目', query)]).toEqual([query, query !== 'de'])
  }
})

test('every text finds itself, folded or not', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => toWords(one).length > 0)
  fc.assert(
    fc.property(text, (one) => {
      expect(isFound(`before ${one} after`, one)).toBe(true)
      expect(toWords(foldText(one))).toEqual(toWords(one))
    }),
  )
})

test('words hold nothing that the index would cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const word of toWords(text)) expect(word).toMatch(/^(?:[0-9a-z]|\P{ASCII})+$/u)
    }),
  )
})
