import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { toWords } from '../../src/model/words.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { phrasesOf, snippetOf } from '../../src/search/snippet.ts'

/** The snippet that a query gives, its matches in square brackets. */
function snippet(text: string, query: string, length = 80): string {
  const pieces = snippetOf(text, phrasesOf(parseQuery(query, { nowMs: 0 })), length)
  return pieces.map((piece) => (piece.matched ? `[${piece.text}]` : piece.text)).join('')
}

test.each([
  ['Where shall we meet?', 'meet', 'Where shall we [meet]?'],
  ['Where shall we MEET, and whom to meet', 'Meet', 'Where shall we [MEET], and whom to [meet]'],
  ['meeting, meets and meet', 'meet', 'meeting, meets and [meet]'],
  ['meeting, meets and a need', 'meet*', '[meeting], [meets] and a need'],
  ['as  agreed\r\n>  with you: as we agreed', '"as agreed"', '[as agreed] > with you: as we agreed'],
  ['it’s “tea” — no…', 'tea', 'it’s “[tea]” — no…'],
  ["don't, or do not", "don't", "[don't], or do not"],
  ['tea and coffee', 'tea coffee', '[tea] and [coffee]'],
  ['tea and coffee', 'tea OR coffee', '[tea] and [coffee]'],
  ['tea and coffee', 'tea -coffee', '[tea] and coffee'],
  ['tea', 'body:tea subject:tea', '[tea]'],
  ['tea', 'subject:tea', 'tea'],
  ['Straße in ZÜRICH', 'zurich strasse', '[Straße] in [ZÜRICH]'],
  ['Cafe\u0301 und café', 'café', '[Cafe\u0301] und [café]'],
  ['le café noir', '"cafe noir"', 'le [café noir]'],
  ['Москва, москва', 'МОСКВА', '[Москва], [москва]'],
  ['来週の会議は東京です', '会議', '来週の[会議]は東京です'],
  ['来週の会議は東京です', '東', '来週の会議は[東京]です'],
  ['来週、meetingがあります', 'meeting', '来週、[meetingがあります]'],
  ['tea 🙂 tea', '🙂', 'tea [🙂] tea'],
  ['tea \u0301’x', '"tea x"', '[tea \u0301’x]'],
  ['tea × x', '"tea x"', '[tea × x]'],
  ['tea ⌚ x', '"tea x"', 'tea ⌚ x'],
  ['tea', 'in:INBOX', 'tea'],
  ['', 'tea', ''],
])('in %j %s is %s', (text, query, expected) => {
  expect(snippet(text, query)).toBe(expected)
})

test('a match far inside shows what is around it', () => {
  const text = `${'The weather was fine. '.repeat(50)}Then the kettle\nboiled over. ${'And so on. '.repeat(50)}`
  expect(snippet(text, 'kettle')).toBe(
    '… fine. The weather was fine. Then the [kettle] boiled over. And so on. And so on. …',
  )
  expect(snippet(text, 'subject:kettle')).toBe(
    'The weather was fine. The weather was fine. The weather was fine. The weather …',
  )
})

test('only the beginning of a long text is looked through', () => {
  expect(snippet(`${'x '.repeat(100_000)}kettle`, 'kettle', 20)).toBe('x x x x x x x x x x …')
})

test('whatever the text, a snippet is a piece of it, and what is marked are words that were looked for', () => {
  const letters = fc.constantFrom(
    'tea',
    'Tea',
    'té',
    'ß',
    'ø',
    '東京',
    '🙂',
    ' ',
    '’',
    '\n',
    '\u0301',
    '\ud800',
    'ﬁ',
    '½',
    '×',
    '⌚',
    'x',
  )
  const texts = fc.array(letters, { maxLength: 40 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, fc.constantFrom('tea', 'te', 'te*', '東', '"tea x"', '🙂'), (text, query) => {
      const phrases = phrasesOf(parseQuery(query, { nowMs: 0 }))
      const pieces = snippetOf(text, phrases, 500)
      expect(pieces.map((piece) => piece.text).join('')).toBe(text.replaceAll(/\s+/g, ' ').trim())
      const isFound = phrases.some(({ words, prefix }) => occurs(toWords(text), words, prefix))
      expect(pieces.some(({ matched }) => matched)).toBe(isFound)
    }),
    { numRuns: 2000 },
  )
})

/** As FTS5 finds a phrase among the words of a message. */
function occurs(all: readonly string[], words: readonly string[], prefix: boolean): boolean {
  return all.some((_, start) =>
    words.every((word, index) => {
      const own = all[start + index] ?? ''
      return prefix && index === words.length - 1 ? own.startsWith(word) : own === word
    }),
  )
}
