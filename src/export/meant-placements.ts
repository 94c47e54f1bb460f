import { globMatches } from '../model/glob.ts'
import type { FlagState, Query } from '../model/query.ts'
import { reachesRemoved } from '../model/query.ts'
import type { StoredPlacement } from '../model/stored-message.ts'

type Test = (placement: StoredPlacement) => boolean

/** Whether a message that a query finds is meant because of this placement: it counts, and what the query asks of a placement
 *  beside all else is true of it. Of a message in two mailboxes, `in:Archive` means one. */
export function meantPlacements(query: Query): Test {
  const tests = conjuncts(query).flatMap((part) => testOf(part) ?? [])
  const reaches = reachesRemoved(query)
  return (placement) => (reaches || placement.removedAt === undefined) && tests.every((test) => test(placement))
}

function conjuncts(query: Query): readonly Query[] {
  return query.kind === 'and' ? query.of.flatMap(conjuncts) : [query]
}

function testOf(query: Query): Test | undefined {
  if (query.kind === 'removed') return ({ removedAt }) => removedAt !== undefined
  if (query.kind === 'flag') return ({ flags }) => hasState(flags, query.state)
  if (query.kind === 'mailbox') return ({ mailbox }) => matches(query.glob, mailbox)
  if (query.kind === 'account') return ({ account }) => matches(query.glob, account)
  if (query.kind === 'label') return ({ labels }) => labels.some((label) => matches(query.glob, label))
  return undefined
}

/** A search lets case count only where something is written so. */
function matches(glob: string, text: string): boolean {
  return globMatches(glob, text) || globMatches(glob.toLowerCase(), text.toLowerCase())
}

const flagOf: Readonly<Record<FlagState, string>> = {
  unread: String.raw`\Seen`,
  read: String.raw`\Seen`,
  flagged: String.raw`\Flagged`,
  answered: String.raw`\Answered`,
  draft: String.raw`\Draft`,
}

function hasState(flags: readonly string[], state: FlagState): boolean {
  return flags.includes(flagOf[state]) === (state !== 'unread')
}
