import { QueryError } from './query-error.ts'

/** A piece of a query and where it begins. */
export type Token =
  | { readonly kind: 'open' | 'close' | 'not' | 'or' | 'and'; readonly offset: number }
  /** A word as typed, or what stood between quotes. */
  | { readonly kind: 'text'; readonly offset: number; readonly text: string; readonly isQuoted: boolean }
  /** `name:`; what it is asked for follows without a blank. */
  | { readonly kind: 'field'; readonly offset: number; readonly name: string; readonly hasValue: boolean }

const longestQuery = 20_000
const mostTokens = 4000
const quotes: Readonly<Record<string, string>> = { '"': '"', '“': '”', '„': '“', '«': '»' }
/** What may close a text that began with a typographic quote: keyboards and programs disagree. */
const closers = /["“”„»]/
const keywords: ReadonlyMap<string, 'or' | 'and' | 'not'> = new Map([
  ['OR', 'or'],
  ['AND', 'and'],
  ['NOT', 'not'],
])

/** Cuts a query into pieces. `isField` tells whether a name is one. Throws QueryError. */
export function tokenize(query: string, isField: (name: string) => boolean): readonly Token[] {
  if (query.length > longestQuery) throw new QueryError(longestQuery, `it has more than ${longestQuery} characters`)
  const tokens: Token[] = []
  for (let place = 0; place < query.length;) {
    if (/\s/.test(query[place] ?? '')) place++
    else place = readToken(query, place, { tokens, isField })
    if (tokens.length > mostTokens) throw new QueryError(place, `it has more than ${mostTokens} parts`)
  }
  return tokens
}

interface Reading {
  readonly tokens: Token[]
  readonly isField: (name: string) => boolean
}

/** Returns where the next one begins. */
function readToken(query: string, offset: number, { tokens, isField }: Reading): number {
  const character = query[offset] ?? ''
  if (character === '(' || character === ')') {
    tokens.push({ kind: character === '(' ? 'open' : 'close', offset })
    return offset + 1
  }
  if (character in quotes) return readQuoted(query, offset, tokens)
  if (character === '-' || character === '−') {
    tokens.push({ kind: 'not', offset })
    return offset + 1
  }
  const end = endOfWord(query, offset)
  const word = query.slice(offset, end)
  const keyword = keywords.get(word)
  if (keyword !== undefined) {
    tokens.push({ kind: keyword, offset })
    return end
  }
  const colon = word.indexOf(':')
  if (colon > 0 && isField(word.slice(0, colon))) {
    const next = query[offset + colon + 1] ?? ' '
    tokens.push({ kind: 'field', offset, name: word.slice(0, colon).toLowerCase(), hasValue: !/[\s)]/.test(next) })
    return readValue(query, offset + colon + 1, tokens)
  }
  tokens.push({ kind: 'text', offset, text: word, isQuoted: false })
  return end
}

/** A hyphen right behind a field's colon belongs to the value: `after:-3`, `subject:-1`. */
function readValue(query: string, offset: number, tokens: Token[]): number {
  const character = query[offset] ?? ' '
  if (/[\s()]/.test(character) || character in quotes) return offset
  const end = endOfWord(query, offset)
  tokens.push({ kind: 'text', offset, text: query.slice(offset, end), isQuoted: false })
  return end
}

function readQuoted(query: string, offset: number, tokens: Token[]): number {
  const isPlain = query[offset] === '"'
  for (let end = offset + 1; end < query.length; end++) {
    const character = query[end] ?? ''
    if (isPlain ? character !== '"' : !closers.test(character)) continue
    // `"two wo"*`: the star may stand behind the quote.
    const isPrefix = query[end + 1] === '*'
    const text = query.slice(offset + 1, end) + (isPrefix ? '*' : '')
    tokens.push({ kind: 'text', offset, text, isQuoted: true })
    return end + (isPrefix ? 2 : 1)
  }
  throw new QueryError(offset, 'a quote begins here and does not end', 'write the second quote, or leave the first out')
}

function endOfWord(query: string, start: number): number {
  let end = start
  while (end < query.length && !/[\s()"“”„«»]/.test(query[end] ?? '')) end++
  return Math.max(end, start + 1)
}
