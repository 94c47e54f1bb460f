import { lazily } from './lazily.ts'

/** Marks over and under letters that do not make another letter of them: Latin, Greek, Cyrillic, Hebrew, Arabic. The vowel
 *  signs of Indic scripts and the voicing marks of kana are not among them. */
const foldedMark = lazily(
  () =>
    new RegExp(
      String.raw`[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]`,
      'g',
    ),
)
/** Letters with a stroke and joined letters, which no decomposition takes apart. */
const foldedLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ς: 'σ',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
}
const foldedLetter = new RegExp(`[${Object.keys(foldedLetters).join('')}]`, 'g')
const ascii = new RegExp(String.raw`^[\u0000-\u007f]*$`)
const cjk = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\u30fc\uff70`
/** Runs of CJK characters, single emoji, other words. What stands between belongs to none. */
export const wordPattern = lazily(
  () => new RegExp(String.raw`([${cjk}]+)|\p{Emoji_Presentation}|(?:(?![${cjk}])[\p{L}\p{N}\p{M}\p{Co}])+`, 'gu'),
)
const asciiWord = /[0-9A-Za-z]+/g

/** Folds case, diacritics and compatibility forms (NFKD): what is folded alike is found by each other. */
export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  const decomposed = text.normalize('NFKD').replaceAll(foldedMark(), '')
  const lower = decomposed.normalize('NFC').toLowerCase().replaceAll(foldedMark(), '')
  return lower.replaceAll(foldedLetter, (letter) => foldedLetters[letter] ?? letter)
}

/** The words of a text in their order, folded, as the index holds them. Of a run of Chinese, Japanese or Korean characters
 *  each two neighbours are a word, and the last one alone: ABC is AB, BC, C. So any two adjacent characters are found,
 *  and a single one as the beginning of a word. */
export function toWords(text: string): readonly string[] {
  if (ascii.test(text)) return text.toLowerCase().match(asciiWord) ?? []
  const words: string[] = []
  for (const [word, run] of foldText(text).matchAll(wordPattern())) {
    if (run === undefined) words.push(word)
    else words.push(...neighbours(run))
  }
  return words
}

/** A phrase to look for: its words, and whether the last one need only be the beginning of a word. */
export interface Phrase {
  readonly words: readonly string[]
  readonly prefix: boolean
}

/** How a text that was typed is looked for. A run of CJK characters at its end may go on in the message, so the word that
 *  stands for a run's end is left out, or is a beginning where the run is a single character. */
export function toPhrase(text: string, prefix: boolean): Phrase {
  const words = toWords(text)
  const last = words.at(-1) ?? ''
  if (!endsInRun(text)) return { words, prefix }
  const isSingle = words.length < 2 || !continuesRun(words.at(-2) ?? '', last)
  return isSingle ? { words, prefix: true } : { words: words.slice(0, -1), prefix: false }
}

const runCharacter = lazily(() => new RegExp(`^[${cjk}]`, 'u'))
const endOfRun = lazily(() => new RegExp(String.raw`[${cjk}][^\p{L}\p{N}\p{M}\p{Co}\p{Emoji_Presentation}]*$`, 'u'))

function endsInRun(text: string): boolean {
  return !ascii.test(text) && endOfRun().test(foldText(text))
}

/** Whether `previous` is two neighbours of which `last` is the second. */
function continuesRun(previous: string, last: string): boolean {
  return runCharacter().test(previous) && Array.from(previous).length === 2 && previous.endsWith(last)
}

/** ABC is AB, BC, C. */
export function neighbours(run: string): readonly string[] {
  const characters = Array.from(run)
  return characters.map((character, index) => character + (characters[index + 1] ?? ''))
}
