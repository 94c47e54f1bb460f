/** The parts of a message in which a word can be looked for by name. */
export type TextField = 'subject' | 'from' | 'to' | 'cc' | 'body' | 'filename'

export type FlagState = 'unread' | 'read' | 'flagged' | 'answered' | 'draft'

/** What a query asks of a message, as `parseQuery` reads it.
 *
 *  A message is found when one of its placements makes the whole query true. Which placements count: those that are present,
 *  or all of them where the query says `anywhere` or `removed`. What stands under `not` has to be true of none of them. */
export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly of: readonly Query[] }
  | { readonly kind: 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query }
  | TextQuery
  | MessageQuery
  | PlacementQuery
  /** `in:anywhere`: true of everything. */
  | { readonly kind: 'anywhere' }

/** Words that follow each other in one part of the message (`toWords` tells which); with `prefix` the last one is the
 *  beginning of a word. There is at least one word. */
export interface TextQuery {
  readonly kind: 'text'
  /** undefined: in any part. */
  readonly field: TextField | undefined
  /** As it was typed. */
  readonly text: string
  readonly prefix: boolean
}

export type MessageQuery =
  /** List-Id contains it, in any case. */
  | { readonly kind: 'list'; readonly text: string }
  /** Without angle brackets; the whole of it. */
  | { readonly kind: 'message-id'; readonly id: string }
  | { readonly kind: 'attachment' }
  /** More than so many octets; fewer than. */
  | { readonly kind: 'larger' | 'smaller'; readonly octets: number }
  /** Seconds since 1970: from `since` on, before `before`. */
  | { readonly kind: 'date'; readonly since: number | undefined; readonly before: number | undefined }

export type PlacementQuery =
  /** A glob as `globMatches` reads it. Where no mailbox, account or label is written so, case does not count. */
  | { readonly kind: 'mailbox' | 'account' | 'label'; readonly glob: string }
  | { readonly kind: 'flag'; readonly state: FlagState }
  | { readonly kind: 'removed' }

/** Whether the query says anything of accounts. */
export function namesAccount(query: Query): boolean {
  if (query.kind === 'and' || query.kind === 'or') return query.of.some(namesAccount)
  return query.kind === 'not' ? namesAccount(query.of) : query.kind === 'account'
}

/** Whether the query asks about removed placements as well: else only present ones count. */
export function reachesRemoved(query: Query): boolean {
  if (query.kind === 'and' || query.kind === 'or') return query.of.some(reachesRemoved)
  if (query.kind === 'not') return reachesRemoved(query.of)
  return query.kind === 'removed' || query.kind === 'anywhere'
}
