import { lazily } from '../model/lazily.ts'

/** Two columns each: East Asian wide and fullwidth (UAX #11), by block. Emoji are told by their property. */
const wide = lazily(
  () =>
    new RegExp(
      String.raw`[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff` +
        String.raw`\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]`,
      'u',
    ),
)
const emoji = lazily(() => /\p{Emoji_Presentation}/u)
const flagLetter = lazily(() => /\p{Regional_Indicator}/u)
const emojiSelector = '\uFE0F'
const joinsPrevious = lazily(() => /[\p{M}\uFE0E]/u)
const ascii = /^[\u0020-\u007e]*$/
const ellipsis = '…'

/** Columns that safe text takes on a terminal. */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length
  let width = 0
  let last = 0
  for (const character of text) {
    const own = widthAfter(character, last)
    width += own
    if (own > 0) last = own
  }
  return width
}

/** `last` is the width of the last character that had one: the selector turns a narrow sign before it into an emoji. */
function widthAfter(character: string, last: number): number {
  return character === emojiSelector ? Math.max(0, 2 - last) : characterWidth(character)
}

function characterWidth(character: string): number {
  // Dashes, quotes and the ellipsis are in most texts: no pattern over all of Unicode is made for them.
  if (character < '\u0300' || (character >= '\u2010' && character <= '\u2027')) return 1
  if (character >= '\u4e00' && character <= '\u9fff') return 2
  if (joinsPrevious().test(character)) return 0
  if (flagLetter().test(character)) return 1
  return wide().test(character) || emoji().test(character) ? 2 : 1
}

/** The text in at most `width` columns; what is cut off at the end is an ellipsis. */
export function truncateEnd(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  return width <= 0 ? '' : takeStart(Array.from(text), width - 1) + ellipsis
}

/** The same, cut in the middle: the beginning and the end of a path tell the most. */
export function truncateMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width <= 0) return ''
  const room = width - 1
  const characters = Array.from(text)
  const end = takeEnd(characters, Math.floor(room / 2))
  return takeStart(characters, room - textWidth(end)) + ellipsis + end
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text
}

/** Words in lines of at most `width` columns; a longer word stands alone, unless it is of wide characters. `indent` goes before
 *  every line but the first. */
export function wrapWords(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  const room = Math.max(2, width - textWidth(indent))
  for (const word of text.split(' ').flatMap((one) => breakWide(one, room))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line)
      line = indent + word
    } else line = longer
  }
  return [...lines, line]
}

/** Where a line may break between characters that no blank parts: beside one that takes two columns (as in Chinese and Japanese). */
function breakWide(word: string, width: number): readonly string[] {
  if (ascii.test(word) || textWidth(word) <= width) return [word]
  const pieces: string[] = []
  let piece = ''
  for (const unit of unitsOf(word)) {
    if (piece !== '' && textWidth(piece + unit) > width) {
      pieces.push(piece)
      piece = ''
    }
    piece += unit
  }
  return [...pieces, piece]
}

/** Every wide character with its marks, and what is narrow between two of them. */
function unitsOf(word: string): readonly string[] {
  const units: string[] = []
  let isWide = true
  for (const character of word) {
    const own = characterWidth(character)
    const last = units.at(-1)
    if (last === undefined || own === 2 || (own === 1 && isWide)) units.push(character)
    else units[units.length - 1] = last + character
    if (own > 0) isWide = own === 2
  }
  return units
}

function takeStart(characters: readonly string[], width: number): string {
  let [taken, total, last] = ['', 0, 0]
  for (const character of characters) {
    const own = widthAfter(character, last)
    if (total + own > width) break
    taken += character
    total += own
    if (own > 0) last = own
  }
  return taken
}

function takeEnd(characters: readonly string[], width: number): string {
  let taken = ''
  for (const character of characters.toReversed()) {
    if (textWidth(character + taken) > width) break
    taken = character + taken
  }
  return taken
}
