import { mailboxesOf } from '../model/change.ts'
import { globMatches } from '../model/glob.ts'
import type { Query } from '../model/query.ts'
import type { HookIndex, LoggedChange, WiredHook } from './ports.ts'

/** What a hook is told next. */
export interface Batch {
  readonly changes: readonly LoggedChange[]
  /** Up to here nothing is left to be told when these are delivered. */
  readonly upTo: number
  /** The next change waits for the index. */
  readonly waits: boolean
}

export interface BatchRules {
  readonly from: number
  readonly mostChanges: number
  /** Whether a change whose message cannot be searched yet is worth waiting for, where the hook does not need to know. */
  readonly isPatient: (change: LoggedChange) => boolean
}

/** Of a page of the log, those changes that the hook wants, up to the first that has to wait. A query asks about messages: changes of
 *  mailboxes are not told to a hook that has one, and what the index has not reached is never told unasked, since the
 *  filter may be what keeps it from strangers. */
export function nextBatch(
  page: readonly LoggedChange[],
  wired: WiredHook,
  { index, from, mostChanges, isPatient }: BatchRules & { readonly index: HookIndex },
): Batch {
  const { query } = wired
  const admitted = page.filter((logged) => admits(wired, logged))
  const indexed = admitted.some(isOfMessage) ? index.indexedUpTo() : 0
  const isBehind = ({ content }: LoggedChange): boolean => content !== undefined && content > indexed
  const waiting = admitted.find((one) => isBehind(one) && (query !== undefined || isPatient(one)))
  const known = waiting === undefined ? admitted : admitted.slice(0, admitted.indexOf(waiting))
  const wanted = query === undefined ? known : found(known, query, { index, indexed })
  if (wanted === undefined) return { changes: [], upTo: from, waits: true }
  const changes = wanted.slice(0, mostChanges)
  const last = waiting === undefined ? (page.at(-1)?.change.seq ?? from) : waiting.change.seq - 1
  const upTo = changes.length < wanted.length ? (changes.at(-1)?.change.seq ?? from) : last
  return { changes, upTo, waits: waiting !== undefined && changes.length === 0 }
}

function admits({ hook: { kinds, mailbox }, query }: WiredHook, logged: LoggedChange): boolean {
  const { change } = logged
  return (
    (kinds === undefined || kinds.includes(change.kind)) &&
    (mailbox === undefined || mailboxesOf(change).some((path) => globMatches(mailbox, path))) &&
    (query === undefined || isOfMessage(logged))
  )
}

function isOfMessage({ change }: LoggedChange): boolean {
  return change.uid !== undefined
}

/** undefined: the index is being made anew and has lost what it had, so that nobody knows what the query would have found. */
function found(
  changes: readonly LoggedChange[],
  query: Query,
  { index, indexed }: { readonly index: HookIndex; readonly indexed: number },
): readonly LoggedChange[] | undefined {
  const contents = new Map<string, ReadonlySet<number>>()
  for (const [account, own] of Map.groupBy(changes, ({ change }) => change.account)) {
    contents.set(account, index.among(query, account, [...new Set(own.flatMap(({ content }) => content ?? []))]))
  }
  if (index.indexedUpTo() < indexed) return undefined
  return changes.filter(
    ({ change, content }) => content !== undefined && contents.get(change.account)?.has(content) === true,
  )
}
