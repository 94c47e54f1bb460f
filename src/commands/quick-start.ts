import type { GlobalOptions } from './context.ts'
import { toGlobalOptions } from './global-flags.ts'
import type { GlobalFlags } from './global-flags.ts'
import type { SearchFlags } from './run-search.ts'

/** What the arguments ask for, as far as it can be told without the argument parser. */
export type QuickStart =
  | { readonly kind: 'help' }
  /** Asked by the function that `completion` prints; no command that people type. */
  | { readonly kind: 'complete'; readonly shell: string; readonly words: readonly string[] }
  | { readonly kind: 'status'; readonly options: GlobalOptions; readonly selects: readonly string[] }
  | { readonly kind: 'search'; readonly options: GlobalOptions; readonly query: string; readonly flags: SearchFlags }

/** The commonest forms of `--help`, `status` and `search`. Loading the parser takes longer than any of them, and they stand in
 *  prompts and loops. Everything else, mistakes above all, is the parser's: undefined. A test holds both to the same
 *  answers. */
export function readQuickStart(argv: readonly string[]): QuickStart | undefined {
  if (argv.length === 1 && (argv[0] === '--help' || argv[0] === '-h')) return { kind: 'help' }
  const [asked, shell = '', mark, ...typed] = argv
  return asked === 'complete' && mark === '--' ? { kind: 'complete', shell, words: typed } : readCommand(argv)
}

function readCommand(argv: readonly string[]): QuickStart | undefined {
  const read = readWords(argv)
  const [command, ...words] = read?.words ?? []
  if (read === undefined) return undefined
  const options = toGlobalOptions(read.flags)
  if (command === 'status' && Object.keys(read.search).length === 0) return { kind: 'status', options, selects: words }
  if (command === 'search') return { kind: 'search', options, query: words.join(' '), flags: read.search }
  return undefined
}

interface ReadWords {
  readonly flags: GlobalFlags
  readonly search: SearchFlags
  readonly words: readonly string[]
}

function readWords(argv: readonly string[]): ReadWords | undefined {
  let read: ReadWords | undefined = { flags: {}, search: {}, words: [] }
  for (let index = 0; index < argv.length && read !== undefined; index++) {
    const word = argv[index] ?? ''
    const isValued = valued.has(word)
    read = isValued ? withValue(read, word, argv[index + 1] ?? '') : withWord(read, word)
    if (isValued) index++
  }
  return read
}

const valued = new Set(['-c', '--config', '--limit', '--sort'])

/** undefined: only the parser knows what this is. */
function withWord(read: ReadWords, word: string): ReadWords | undefined {
  const { flags, search, words } = read
  if (word === '--json') return { ...read, flags: { ...flags, json: true } }
  if (word === '-q' || word === '--quiet') return { ...read, flags: { ...flags, quiet: true } }
  const isSearch = words[0] === 'search'
  if (isSearch && word === '--ids') return { ...read, search: { ...search, ids: true } }
  if (isSearch && word === '--count') return { ...read, search: { ...search, count: true } }
  return word === '' || word.startsWith('-') ? undefined : { ...read, words: [...words, word] }
}

function withValue(read: ReadWords, name: string, value: string): ReadWords | undefined {
  const { flags, search, words } = read
  if (name === '-c' || name === '--config') {
    return value === '' || value.startsWith('-') ? undefined : { ...read, flags: { ...flags, config: value } }
  }
  if (words[0] !== 'search') return undefined
  if (name === '--limit')
    return /^\d{1,8}$/.test(value) ? { ...read, search: { ...search, limit: Number(value) } } : undefined
  return value === 'date' || value === 'relevance' ? { ...read, search: { ...search, sort: value } } : undefined
}
