import { foldText, neighbours, wordPattern } from './words.ts'

/** What is not ASCII, and NUL. */
const others = new RegExp(String.raw`[^\u0001-\u007f]+`, 'g')
/** Chinese, Japanese and Korean characters that are folded already, and signs between them. */
const foldedRun = new RegExp(
  String.raw`^[\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3\u3001-\u3003\u3008-\u3011]+$`,
)
const signs = new RegExp(String.raw`[\u3001-\u3003\u3008-\u3011]+`)
const letters = /^\p{L}+$/u
const emoji = /^\p{Emoji_Presentation}$/u
/** Runs of a few letters come again and again; longer ones seldom do. */
const longestKept = 4
const mostKept = 10_000

/** Changes texts only where that is needed for their words to be those of `toWords` to a simpler reader: one to whom ASCII letters
 *  and digits of either case and all characters beyond ASCII are parts of words, and nothing else is. What it has met is kept. */
export function wordSpacer(): (text: string) => string {
  const kept = new Map<string, string>()
  const letterAt = letterFolder()
  return (text) =>
    text.replaceAll(others, (run) => {
      if (run.length > longestKept) return spacedRun(run, letterAt)
      const known = kept.get(run)
      if (known !== undefined) return known
      const spaced = spacedRun(run, letterAt)
      if (kept.size >= mostKept) kept.clear()
      kept.set(run, spaced)
      return spaced
    })
}

type LetterAt = (run: string, at: number) => string | null

function spacedRun(run: string, letterAt: LetterAt): string {
  if (foldedRun.test(run)) return ` ${run.split(signs).map(pairs).join('')}`
  return lettersOf(run, letterAt) ?? spacedByWords(run)
}

/** As `neighbours`, of characters that are one unit of UTF-16 each. */
function pairs(run: string): string {
  let spaced = ''
  for (let at = 0; at < run.length; at++) spaced += `${run.slice(at, at + 2)} `
  return spaced
}

/** A run of letters that stand for themselves, folded; undefined: there are others in it. */
function lettersOf(run: string, letterAt: LetterAt): string | undefined {
  let folded = ''
  for (let at = 0; at < run.length; at++) {
    const letter = letterAt(run, at)
    if (letter === null) return undefined
    folded += letter
  }
  return folded
}

/** Folds letters that stand for themselves whatever is beside them; null: it is none. */
function letterFolder(): LetterAt {
  const known: (string | null)[] = []
  return (run, at) => {
    const code = run.charCodeAt(at)
    const before = known[code]
    if (before !== undefined) return before
    const letter = plainLetter(run.charAt(at))
    known[code] = letter
    return letter
  }
}

function plainLetter(character: string): string | null {
  const folded = foldText(character)
  const [match] = folded.matchAll(wordPattern())
  const isPlain = match?.[0] === folded && match[1] === undefined && letters.test(character) && letters.test(folded)
  return isPlain ? folded : null
}

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
