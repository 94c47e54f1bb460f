import type { Query } from '../model/query.ts'
import { lazily } from '../model/lazily.ts'
import { foldText, toPhrase, toWords } from '../model/words.ts'
import type { Phrase } from '../model/words.ts'

/** A piece of a snippet; matched pieces are what was looked for. */
export interface SnippetPiece {
  readonly text: string
  readonly matched: boolean
}

/** Characters of a text that are looked through. */
const mostSearched = 200_000
/** Characters before the match. */
const before = 40

/** What is looked for in a message's text: the words of a query that have to be there, of the text or of any part. */
export function phrasesOf(query: Query): readonly Phrase[] {
  if (query.kind === 'and' || query.kind === 'or') return query.of.flatMap(phrasesOf)
  if (query.kind !== 'text' || (query.field !== undefined && query.field !== 'body')) return []
  return [toPhrase(query.text, query.prefix)]
}

/** About `length` characters around the first match, on one line; the beginning of the text where nothing matches. */
export function snippetOf(text: string, phrases: readonly Phrase[], length: number): readonly SnippetPiece[] {
  const searched = text.slice(0, mostSearched)
  const first = phrases.length === 0 ? undefined : firstMatch(searched, phrases)
  const start = first === undefined ? 0 : wordStart(searched, Math.max(0, first.start - before))
  const end = Math.min(text.length, start + length * 2)
  const window = oneLine(searched.slice(start, end))
  const cut = window.length > length ? `${window.slice(0, length).replace(/\S*$/, '').trimEnd()} …` : window
  return marked(`${start > 0 ? '… ' : ''}${cut}`, phrases)
}

/** Splits a line where the phrases match. */
function marked(line: string, phrases: readonly Phrase[]): readonly SnippetPiece[] {
  const pieces: SnippetPiece[] = []
  let end = 0
  for (const match of phrases.length === 0 ? [] : matchesIn(line, phrases)) {
    if (match.start < end) continue
    if (match.start > end) pieces.push({ text: line.slice(end, match.start), matched: false })
    pieces.push({ text: line.slice(match.start, match.end), matched: true })
    end = match.end
  }
  if (end < line.length) pieces.push({ text: line.slice(end), matched: false })
  return pieces
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** Not in the middle of a word, if one begins soon. */
function wordStart(text: string, place: number): number {
  const next = place === 0 ? 0 : text.slice(place, place + 20).search(/\s/)
  return place + (next > 0 ? next + 1 : 0)
}

interface PlacedWord {
  readonly word: string
  readonly start: number
  readonly end: number
}

interface Match {
  readonly start: number
  readonly end: number
}

/** One that is written as it was typed, if there is any, or else with accents: for any other spelling every word has to be
 *  folded. */
function firstMatch(text: string, phrases: readonly Phrase[]): Match | undefined {
  return (
    asciiMatches(text, phrases).next().value ??
    asciiMatches(withoutAccents(text), phrases).next().value ??
    matchesIn(text, phrases).next().value
  )
}

const accented = /[\u00c0-\u024f\u1e00-\u1eff]/g

/** As long as the text: letters that fold to more than one stay. */
function withoutAccents(text: string): string {
  const foldedLetters = new Map<string, string>()
  return text.replaceAll(accented, (letter) => {
    const known = foldedLetters.get(letter)
    if (known !== undefined) return known
    const folded = foldText(letter)
    const kept = folded.length === 1 ? folded : letter
    foldedLetters.set(letter, kept)
    return kept
  })
}

function* matchesIn(text: string, phrases: readonly Phrase[]): Generator<Match, undefined> {
  if (!otherLetters.test(text)) yield* asciiMatches(text, phrases)
  else yield* matchesByWord(text, phrases)
  return undefined
}

/** Those that are of ASCII letters and digits: several times faster, and all of them where the text has no other letters. */
function* asciiMatches(text: string, phrases: readonly Phrase[]): Generator<Match, undefined> {
  // Any other word cannot be in such a text. None has a character that means something in a pattern.
  const possible = phrases.filter(({ words }) => words.length > 0 && words.every((word) => isAsciiWord.test(word)))
  if (possible.length === 0) return undefined
  const patterns = possible.map(
    ({ words, prefix }) => `${words.join(`[^${letters}]+`)}${prefix ? `[${letters}]*` : ''}`,
  )
  // Longer ones first: where two begin alike, all of what was looked for is marked.
  const either = patterns.toSorted((left, right) => right.length - left.length).join('|')
  const pattern = new RegExp(`(?<![${letters}])(?:${either})(?![${letters}])`, 'gi')
  for (const match of text.matchAll(pattern)) yield { start: match.index, end: match.index + match[0].length }
  return undefined
}

function* matchesByWord(text: string, phrases: readonly Phrase[]): Generator<Match, undefined> {
  const longest = Math.max(...phrases.map(({ words }) => words.length))
  // What stands between two words has to be told exactly: a word parts them, a sign or a lone accent does not.
  const skipsOthers = longest <= 1 && phrases.every(({ words }) => words.every((word) => isAsciiWord.test(word)))
  const last: PlacedWord[] = []
  for (const placed of placedWords(text, skipsOthers)) {
    last.push(placed)
    if (last.length > longest) last.shift()
    const found = phrases.map((phrase) => matchAtEnd(last, phrase)).find((match) => match !== undefined)
    if (found !== undefined) yield found
  }
  return undefined
}

/** Whether the phrase ends with the last word. */
function matchAtEnd(last: readonly PlacedWord[], { words, prefix }: Phrase): Match | undefined {
  const start = last.length - words.length
  if (start < 0 || words.length === 0) return undefined
  const fits = words.every((word, index) => {
    const own = last[start + index]?.word ?? ''
    return prefix && index === words.length - 1 ? own.startsWith(word) : own === word
  })
  const [from, to] = [last[start], last.at(-1)]
  return fits && from !== undefined && to !== undefined ? { start: from.start, end: to.end } : undefined
}

const ascii = new RegExp(String.raw`^[\u0000-\u007f]*$`)
const isAsciiWord = /^[0-9a-z]+$/
const asciiLetter = /[0-9a-z]/
/** All letters beyond ASCII, and some signs. Where there is none of these, words are ASCII. */
const others = String.raw`\u00aa-\u1fff\u2070-\u218f\u2300-\u2fff\u3004-\uffff`
const letters = `0-9a-z${others}`
const otherLetters = new RegExp(`[${others}]`)
const roughSegment = new RegExp(`[0-9A-Za-z${others}]+`, 'g')
const segmentPattern = lazily(() => /[\p{L}\p{N}\p{M}\p{Co}]+|\p{Emoji_Presentation}/gu)

/** The words of the index, and where in the text each of them stands. With `skipsOthers` only those of ASCII letters: to tell
 *  the others takes patterns over all of Unicode, and those their time. */
function* placedWords(text: string, skipsOthers: boolean): Generator<PlacedWord> {
  for (const { 0: segment, index: start } of text.matchAll(roughSegment)) {
    const end = start + segment.length
    const folded = ascii.test(segment) ? segment.toLowerCase() : foldText(segment)
    if (isAsciiWord.test(folded)) yield { word: folded, start, end }
    else if (!skipsOthers || asciiLetter.test(folded)) yield* wordsOfSegment(segment, start)
  }
}

function* wordsOfSegment(rough: string, offset: number): Generator<PlacedWord> {
  for (const { 0: segment, index } of rough.matchAll(segmentPattern())) {
    const words = toWords(segment)
    const start = offset + index
    const characters = Array.from(segment)
    // Of a run of Chinese, Japanese or Korean, one word begins at each character.
    const isRun = words.length === characters.length && words.length > 1
    let place = start
    for (const [position, word] of words.entries()) {
      const own = characters[position] ?? ''
      const next = characters[position + 1] ?? ''
      yield isRun
        ? { word, start: place, end: place + own.length + next.length }
        : { word, start, end: start + segment.length }
      place += own.length
    }
  }
}
