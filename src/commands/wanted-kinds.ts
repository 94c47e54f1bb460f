import type { Argument, Option } from 'commander'
import type { Candidate } from '../ui/completion-answer.ts'

/** What may stand at a place of a command line. */
export type WantedKind = 'files' | 'folders' | 'accounts' | 'places' | 'mailboxes' | 'query' | 'nothing'

export interface Wanted {
  /** What the stores are asked for. */
  readonly kind: WantedKind
  /** What stands before the value in the word: `--format=`. */
  readonly prefix: string
  /** What the program itself knows. */
  readonly candidates: readonly Candidate[]
}

/** Options whose value stands in a store, whatever their placeholder is called. */
const kindsByOption: Readonly<Record<string, WantedKind>> = {
  '--account': 'accounts',
  '--mailbox': 'mailboxes',
  '--to': 'places',
}

const kindsByPlaceholder: Readonly<Record<string, WantedKind>> = {
  account: 'accounts',
  dir: 'folders',
  file: 'files',
  path: 'files',
  query: 'query',
  select: 'places',
}

export function ofOption({ long = '', flags, argChoices = [] }: Option, prefix: string): Wanted {
  const placeholder = /[<[]([\w-]+)/.exec(flags)?.[1] ?? ''
  const kind = kindsByOption[long] ?? kindsByPlaceholder[placeholder] ?? 'nothing'
  return { kind, prefix, candidates: argChoices.map((choice) => ({ value: `${prefix}${choice}` })) }
}

export function ofArgument(argument: Argument): Wanted {
  const kind = kindsByPlaceholder[argument.name()] ?? 'nothing'
  return { kind, prefix: '', candidates: (argument.argChoices ?? []).map((value) => ({ value })) }
}
