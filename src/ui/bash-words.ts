/** Where a word stands that has not ended: in which quotes. */
export type OpenQuote = 'none' | 'single' | 'double'

/** A command line up to the cursor, as bash reads it. */
export interface TypedLine {
  /** What stands before the word at the cursor, without quotes. */
  readonly words: readonly string[]
  /** The word at the cursor, without quotes; empty: it has not begun. */
  readonly current: string
  /** How much of it bash leaves alone: up to the last character that breaks words, or up to a quote that is open. */
  readonly kept: number
  readonly quote: OpenQuote
}

interface Reading {
  words: string[]
  current: string
  hasBegun: boolean
  kept: number
  quote: OpenQuote
  isEscaped: boolean
}

/** Splits a line without running or expanding anything of it. `breaks` is $COMP_WORDBREAKS. A word of the line that is an assignment
 *  before the command, or belongs to another command, is not among the words. */
export function readBashLine(line: string, breaks: string): TypedLine {
  const reading: Reading = { words: [], current: '', hasBegun: false, kept: 0, quote: 'none', isEscaped: false }
  for (const character of line) readCharacter(reading, character, breaks)
  const { words, current, kept, quote } = reading
  const command = words.findIndex((word) => !/^\w+\+?=/.test(word))
  return { words: words.slice(Math.max(0, command)), current, kept, quote }
}

function readCharacter(reading: Reading, character: string, breaks: string): void {
  if (reading.isEscaped) {
    // In double quotes a backslash hides little else.
    if (reading.quote === 'double' && !/["\\$`\n]/.test(character)) reading.current += '\\'
    if (character !== '\n') reading.current += character
    reading.isEscaped = false
  } else if (reading.quote !== 'none') readQuoted(reading, character)
  else readBare(reading, character, breaks)
}

function readQuoted(reading: Reading, character: string): void {
  if (character === (reading.quote === 'single' ? "'" : '"')) reading.quote = 'none'
  else if (character === '\\' && reading.quote === 'double') reading.isEscaped = true
  else reading.current += character
}

function readBare(reading: Reading, character: string, breaks: string): void {
  if (/[\s;|&()]/.test(character)) return endWord(reading, character)
  reading.hasBegun = true
  if (character === '\\') reading.isEscaped = true
  else if (character === "'" || character === '"') {
    reading.quote = character === '"' ? 'double' : 'single'
    reading.kept = reading.current.length
  } else {
    reading.current += character
    if (breaks.includes(character)) reading.kept = reading.current.length
  }
}

function endWord(reading: Reading, character: string): void {
  if (reading.hasBegun) reading.words.push(reading.current)
  // Another command begins.
  if (/[;|&()]/.test(character)) reading.words = []
  Object.assign(reading, { current: '', hasBegun: false, kept: 0 })
}

/** Text as it is to be inserted at the cursor, so that bash reads it as it is: nothing in it expands, not even history. undefined: it
 *  cannot stand in these quotes, since what would have to close them is for readline to add. */
export function quoteForBash(text: string, quote: OpenQuote): string | undefined {
  if (quote === 'single') return text.includes("'") ? undefined : text
  if (quote === 'double') return /["!]/.test(text) ? undefined : text.replaceAll(/[\\$`]/g, String.raw`\$&`)
  return text.replaceAll(/[^\p{L}\p{N}\p{M}_@%+:,./=-]/gu, String.raw`\$&`)
}
