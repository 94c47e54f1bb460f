import { foldText, neighbours, wordPattern } from './words.ts'

/** What is not ASCII, and NUL. */
const others = new RegExp(String.raw`[^\u0001-\u007f]+`, 'g')
/** Chinese, Japanese and Korean characters that are folded already, and signs between them. */
const foldedRun = new RegExp(
  String.raw`^[\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3\u3001-\u3003\u3008-\u3011]+$`,
)
const signs = new RegExp(String.raw`[\u3001-\u3003\u3008-\u3011]+`)
/** Letters with accents come again and again, alone or a few together; longer runs seldom do. */
const longestKept = 4
const mostKept = 10_000
const kept = new Map<string, string>()

/** The text, changed only where that is needed for its words to be `toWords(text)` to a simpler reader: one to whom ASCII letters
 *  and digits of either case and all characters beyond ASCII are parts of words, and nothing else is. */
export function spacedWords(text: string): string {
  return text.replaceAll(others, (run) => {
    if (run.length > longestKept) return spacedRun(run)
    const known = kept.get(run)
    if (known !== undefined) return known
    const spaced = spacedRun(run)
    if (kept.size >= mostKept) kept.clear()
    kept.set(run, spaced)
    return spaced
  })
}

function spacedRun(run: string): string {
  if (foldedRun.test(run)) return ` ${run.split(signs).map(pairs).join('')}`
  return lettersOf(run) ?? spacedByWords(run)
}

/** As `neighbours`, of characters that are one unit of UTF-16 each. */
function pairs(run: string): string {
  let spaced = ''
  for (let at = 0; at < run.length; at++) spaced += `${run.slice(at, at + 2)} `
  return spaced
}

/** How letters are folded that stand for themselves whatever is beside them; null: it is none. */
const plainLetters: (string | null)[] = []

/** A run of such letters, folded; undefined: there are others in it. */
function lettersOf(run: string): string | undefined {
  let folded = ''
  for (let at = 0; at < run.length; at++) {
    const letter = letterAt(run, at)
    if (letter === null) return undefined
    folded += letter
  }
  return folded
}

function letterAt(run: string, at: number): string | null {
  const code = run.charCodeAt(at)
  const known = plainLetters[code]
  if (known !== undefined) return known
  const letter = plainLetter(run.charAt(at))
  plainLetters[code] = letter
  return letter
}

function plainLetter(character: string): string | null {
  const folded = foldText(character)
  const [match] = folded.matchAll(wordPattern())
  const isPlain = match?.[0] === folded && match[1] === undefined && letters.test(character) && letters.test(folded)
  return isPlain ? folded : null
}

const letters = /^\p{L}+$/u

/** A run's beginning and end may belong to the words before and after it; of Chinese, Japanese and Korean they do not. */
function spacedByWords(run: string): string {
  const folded = foldText(run)
  let spaced = ''
  let end = 0
  for (const match of folded.matchAll(wordPattern())) {
    if (match.index > end) spaced += ' '
    end = match.index + match[0].length
    spaced += match[1] === undefined ? partedWord(match[0]) : ` ${neighbours(match[1]).join(' ')} `
  }
  return end < folded.length ? `${spaced} ` : spaced
}

/** An emoji is a word by itself. */
function partedWord(word: string): string {
  return emoji.test(word) ? ` ${word} ` : word
}

const emoji = /^\p{Emoji_Presentation}$/u
