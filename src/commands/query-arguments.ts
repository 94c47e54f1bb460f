/** Stands before a term of a query that begins with a hyphen while the arguments are parsed. No argument can hold it. */
const mark = '\0'

/** Commands whose arguments are a query. */
const withQuery = new Set(['search', 'export', 'restore'])
const optionsWithValue = new Set([
  '-c',
  '--config',
  '--progress',
  '--color',
  '--limit',
  '--sort',
  '--format',
  '--output',
  '--split',
  '--to',
])
/** Options of one letter that may stand together. */
const cluster = /^-[qvih]+$/

/** Protects terms such as `-in:Trash` and `-"two words"` from being read as options: behind the name of such a command, what
 *  begins with one hyphen and has more than one letter is a term. */
export function protectQuery(argv: readonly string[]): readonly string[] {
  const command = commandPlace(argv)
  if (!withQuery.has(argv[command] ?? '')) return argv
  const end = argv.indexOf('--', command)
  return argv.map((word, index) => {
    const isOpen = index > command && (end < 0 || index < end)
    return isOpen && isTerm(word) && !optionsWithValue.has(argv[index - 1] ?? '') ? `${mark}${word}` : word
  })
}

/** The query as it was typed. */
export function typedQuery(words: readonly string[]): string {
  return words.map((word) => (word.startsWith(mark) ? word.slice(1) : word)).join(' ')
}

function isTerm(word: string): boolean {
  return word.startsWith('-') && !word.startsWith('--') && word.length > 2 && !cluster.test(word)
}

/** Where the first word stands that is no option and no option's value. */
function commandPlace(argv: readonly string[]): number {
  return argv.findIndex((word, index) => !word.startsWith('-') && !optionsWithValue.has(argv[index - 1] ?? ''))
}
