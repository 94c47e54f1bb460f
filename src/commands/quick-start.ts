import type { GlobalOptions } from './context.ts'
import { toGlobalOptions } from './global-flags.ts'
import type { GlobalFlags } from './global-flags.ts'

/** What the arguments ask for, as far as it can be told without the argument parser. */
export type QuickStart =
  | { readonly kind: 'help' }
  | { readonly kind: 'status'; readonly options: GlobalOptions; readonly selects: readonly string[] }

/** The commonest forms of `--help` and `status`. Loading the parser takes longer than either of them, and `status` stands in
 *  prompts and loops. Everything else, mistakes above all, is the parser's: undefined. A test holds both to the same
 *  answers. */
export function readQuickStart(argv: readonly string[]): QuickStart | undefined {
  if (argv.length === 1 && (argv[0] === '--help' || argv[0] === '-h')) return { kind: 'help' }
  const read = readStatus(argv)
  const [command, ...selects] = read?.words ?? []
  if (read === undefined || command !== 'status') return undefined
  return { kind: 'status', options: toGlobalOptions(read.flags), selects }
}

function readStatus(argv: readonly string[]): { flags: GlobalFlags; words: readonly string[] } | undefined {
  const words: string[] = []
  let flags: GlobalFlags = {}
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? ''
    if (word === '--json') flags = { ...flags, json: true }
    else if (word === '-q' || word === '--quiet') flags = { ...flags, quiet: true }
    else if (word === '-c' || word === '--config') {
      const config = argv[++index]
      if (config === undefined || config.startsWith('-')) return undefined
      flags = { ...flags, config }
    } else if (word === '' || word.startsWith('-')) return undefined
    else words.push(word)
  }
  return { flags, words }
}
