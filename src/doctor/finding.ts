/** `note`: nothing has to be done about it, or not now. */
export type FindingState = 'good' | 'note' | 'bad'

/** What one look has found. */
export interface Finding {
  /** Which look: a stable word. */
  readonly check: string
  readonly state: FindingState
  /** May hold words of servers and names of files: whoever shows it makes it safe. */
  readonly text: string
  /** What to do about it, best of all a command to type. */
  readonly remedy?: string
  /** For who wants to know more. */
  readonly details?: readonly string[]
}

export interface FindingParts {
  readonly remedy?: string | undefined
  readonly details?: readonly string[] | undefined
}

export type FindingOf = (text: string, parts?: FindingParts) => Finding

/** Findings of one look. */
export function findingsOf(check: string): Readonly<Record<FindingState, FindingOf>> {
  const make =
    (state: FindingState): FindingOf =>
    (text, { remedy, details } = {}) => ({
      check,
      state,
      text,
      ...(remedy === undefined ? {} : { remedy }),
      ...(details === undefined || details.length === 0 ? {} : { details }),
    })
  return { good: make('good'), note: make('note'), bad: make('bad') }
}

/** Findings about one thing. */
export interface FindingGroup {
  readonly about:
    | { readonly kind: 'machine' }
    | { readonly kind: 'store'; readonly path: string }
    | { readonly kind: 'account'; readonly name: string }
  readonly findings: readonly Finding[]
}

/** Whether nothing has to be mended. */
export function isWell(groups: readonly FindingGroup[]): boolean {
  return groups.every(({ findings }) => findings.every(({ state }) => state !== 'bad'))
}
