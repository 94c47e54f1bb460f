import { quoteForBash } from './bash-words.ts'
import type { TypedLine } from './bash-words.ts'
import { safeText } from './safe-text.ts'

/** A word that may stand at the cursor. */
export interface Candidate {
  readonly value: string
  /** Our own words about it. */
  readonly note?: string
}

/** What a shell is to offer. `isOpen`: what is offered goes on, so no blank follows it. */
export type Completions =
  | { readonly kind: 'files' | 'folders' }
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[]; readonly isOpen: boolean }

const mostCandidates = 2000

/** Lines for the shell's function: how to complete, then a candidate a line, with its note behind a tab. Names that a terminal
 *  must not show as they are (S14) are left out, so none has a line break. */
export function completionAnswer(completions: Completions, current: string): readonly string[] {
  if (completions.kind !== 'words') return [completions.kind]
  const lines = fitting(completions.candidates, current).map(({ value, note = '' }) => `${value}\t${note}`)
  return [completions.isOpen ? 'open' : 'words', ...lines]
}

/** The same for bash: quoted as the line asks for, and without what bash keeps of the word. */
export function bashAnswer(completions: Completions, { current, kept, quote }: TypedLine): readonly string[] {
  if (completions.kind !== 'words') return [completions.kind]
  const lines = fitting(completions.candidates, current).flatMap(
    ({ value }) => quoteForBash(value.slice(kept), quote) ?? [],
  )
  return [completions.isOpen ? 'open' : 'words', ...lines]
}

function fitting(candidates: readonly Candidate[], current: string): readonly Candidate[] {
  const seen = new Set<string>()
  return candidates
    .filter(({ value }) => {
      const isNew = value.startsWith(current) && safeText(value) === value && !seen.has(value)
      seen.add(value)
      return isNew
    })
    .slice(0, mostCandidates)
}
