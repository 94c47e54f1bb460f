import type { FlagState, MessageQuery, PlacementQuery, Query } from '../model/query.ts'
import { reachesRemoved } from '../model/query.ts'
import { matchExpression } from './match-expression.ts'
import type { NamedPlaces } from './named-places.ts'

type Value = string | number | null

/** A condition on a row of `search.message AS m` and, where it says so, one of `placement AS p` that belongs to it. */
interface Condition {
  readonly sql: string
  readonly values: readonly Value[]
  readonly concernsPlacement: boolean
}

/** A query as SQL. What has to be true of a message m of the index: */
export interface QuerySql {
  /** That FTS5 finds it by this; undefined: any may be meant. */
  readonly match: string | undefined
  /** And this. */
  readonly where: string
  readonly values: readonly Value[]
  /** `where` only says that one of its placements counts, as nearly all do. */
  readonly isPlain: boolean
  /** It is true of few messages, and to tell of which their rows have to be read. */
  readonly isRare: boolean
}

/** No character of the user's is in the SQL: all are values. */
export function toQuerySql(query: Query, places: NamedPlaces, accounts: readonly string[] | undefined): QuerySql {
  const compiler = new Compiler(places, scopeOf(query, places, accounts))
  const parts = conjuncts(query)
  const texts = parts.filter((part) => isOfTexts(part))
  const match = matchExpression({ kind: 'and', of: texts })
  const rest = match === undefined ? parts : parts.filter((part) => !texts.includes(part))
  const { sql, values } = compiler.somewhere(compiler.all(rest))
  const isPlain = rest.length === 0 && accounts === undefined
  return { match, where: sql, values, isPlain, isRare: rest.some(({ kind }) => kind === 'list') }
}

/** What is joined by `and` at the top, however it is nested. */
function conjuncts(query: Query): readonly Query[] {
  return query.kind === 'and' ? query.of.flatMap(conjuncts) : [query]
}

function isOfTexts(query: Query): boolean {
  return matchExpression(query.kind === 'not' ? query.of : query) !== undefined
}

/** Which placements count. */
function scopeOf(query: Query, places: NamedPlaces, accounts: readonly string[] | undefined): readonly Condition[] {
  const present: Condition = { sql: 'p.removed_at IS NULL', values: [], concernsPlacement: true }
  return [
    ...(reachesRemoved(query) ? [] : [present]),
    ...(accounts === undefined ? [] : [inEpochs(places.epochsOf(accounts))]),
  ]
}

class Compiler {
  readonly #places: NamedPlaces
  readonly #scope: readonly Condition[]

  constructor(places: NamedPlaces, scope: readonly Condition[]) {
    this.#places = places
    this.#scope = scope
  }

  /** True of every part, each a condition on its own. */
  all(queries: readonly Query[]): readonly Condition[] {
    return queries.map((query) => this.#condition(query))
  }

  /** True of one of the placements that count, all of it; what does not concern placements is asked first. */
  somewhere(conditions: readonly Condition[]): Condition {
    const ofMessage = conditions.filter(({ concernsPlacement }) => !concernsPlacement)
    const ofPlacement = conditions.filter(({ concernsPlacement }) => concernsPlacement)
    return joined([...ofMessage, exists([...this.#scope, ...ofPlacement])], 'AND')
  }

  #condition(query: Query): Condition {
    const match = matchExpression(query)
    if (match !== undefined) return matched(match)
    if (query.kind === 'and') return joined(this.all(query.of), 'AND')
    if (query.kind === 'or') return joined(this.all(query.of), 'OR')
    if (query.kind === 'not') return this.#negated(this.#condition(query.of))
    if (query.kind === 'all' || query.kind === 'anywhere') return always
    // A text of no word at all.
    if (query.kind === 'text') return never
    return isOfPlacement(query) ? this.#ofPlacement(query) : ofMessage(query)
  }

  #ofPlacement(query: PlacementQuery): Condition {
    if (query.kind === 'removed') return { sql: 'p.removed_at IS NOT NULL', values: [], concernsPlacement: true }
    if (query.kind === 'flag') return { sql: flagTests[query.state], values: [], concernsPlacement: true }
    if (query.kind === 'label') return listed('p.labels', this.#places.labelLists(query.glob))
    const { epochsOfAccounts, epochsOfMailboxes } = this.#places
    return inEpochs(query.kind === 'account' ? epochsOfAccounts(query.glob) : epochsOfMailboxes(query.glob))
  }

  /** True of none of the placements that count. */
  #negated(condition: Condition): Condition {
    const { sql, values } = condition.concernsPlacement ? exists([...this.#scope, condition]) : condition
    return { sql: `NOT coalesce(${sql}, 0)`, values, concernsPlacement: false }
  }
}

const told = (sql: string, ...values: readonly Value[]): Condition => ({ sql, values, concernsPlacement: false })
const always = told('1')
const never = told('0')

function exists(conditions: readonly Condition[]): Condition {
  if (conditions.includes(never)) return never
  const { sql, values } = joined(conditions, 'AND')
  return {
    sql: `EXISTS (SELECT 1 FROM placement AS p WHERE p.content = m.id AND ${sql})`,
    values,
    concernsPlacement: false,
  }
}

function joined(conditions: readonly Condition[], operator: 'AND' | 'OR'): Condition {
  if (operator === 'AND' && conditions.includes(never)) return never
  if (conditions.length === 0) return operator === 'AND' ? always : never
  return {
    sql: `(${balanced(
      conditions.map(({ sql }) => sql),
      operator,
    )})`,
    values: conditions.flatMap(({ values }) => values),
    concernsPlacement: conditions.some(({ concernsPlacement }) => concernsPlacement),
  }
}

/** A long chain would be as deep as it is long to SQLite, which stops at 1000. */
function balanced(parts: readonly string[], operator: 'AND' | 'OR'): string {
  if (parts.length <= 32) return parts.join(` ${operator} `)
  const half = parts.length >> 1
  return `(${balanced(parts.slice(0, half), operator)}) ${operator} (${balanced(parts.slice(half), operator)})`
}

function matched(match: string): Condition {
  return {
    sql: 'm.id IN (SELECT rowid FROM search.message_text WHERE message_text MATCH ?)',
    values: [match],
    concernsPlacement: false,
  }
}

function inEpochs(epochs: readonly number[]): Condition {
  return listed('p.epoch', epochs)
}

/** The + keeps SQLite from looking up each of them where it has the placements of a message already. */
function listed(column: string, values: readonly Value[]): Condition {
  if (values.length === 0) return never
  return {
    sql: `+${column} IN (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(values)],
    concernsPlacement: true,
  }
}

const flagTests: Readonly<Record<FlagState, string>> = {
  unread: String.raw`instr(p.flags, '"\\Seen"') = 0`,
  read: String.raw`instr(p.flags, '"\\Seen"') > 0`,
  flagged: String.raw`instr(p.flags, '"\\Flagged"') > 0`,
  answered: String.raw`instr(p.flags, '"\\Answered"') > 0`,
  draft: String.raw`instr(p.flags, '"\\Draft"') > 0`,
}

const placementKinds: readonly Query['kind'][] = ['mailbox', 'account', 'label', 'flag', 'removed']

function isOfPlacement(query: MessageQuery | PlacementQuery): query is PlacementQuery {
  return placementKinds.includes(query.kind)
}

function ofMessage(query: MessageQuery): Condition {
  if (query.kind === 'date') {
    const since = query.since === undefined ? [] : [told('m.date >= ?', query.since)]
    const before = query.before === undefined ? [] : [told('m.date < ?', query.before)]
    return joined([...since, ...before], 'AND')
  }
  if (query.kind === 'list') {
    return told('(m.list_id IS NOT NULL AND instr(lower_text(m.list_id), ?) > 0)', query.text.toLowerCase())
  }
  if (query.kind === 'message-id') return told('m.message_id = ?', query.id)
  if (query.kind === 'attachment') return told('m.has_attachments = 1')
  return told(query.kind === 'larger' ? 'm.octets > ?' : 'm.octets < ?', query.octets)
}
