import type { FlagState, MessageQuery, PlacementQuery, Query } from '../model/query.ts'
import { reachesRemoved } from '../model/query.ts'
import { matchExpression } from './match-expression.ts'

/** What mailboxes, accounts and labels a store has, for globs. */
export interface PlaceNames {
  /** Numbers of epochs whose mailbox or account the glob names. */
  epochsOf(kind: 'mailbox' | 'account', glob: string): readonly number[]
  /** Labels that the glob names, as written. */
  labelsOf(glob: string): readonly string[]
}

export interface QuerySql {
  /** A condition on `message`. */
  readonly where: string
  readonly values: readonly (string | number)[]
  /** What the words of the query are looked for with, if they are a condition that everything else is added to. */
  readonly match: string | undefined
}

/** Numbers that a statement can be given; more go in as text. */
type Value = string | number

interface Condition {
  readonly sql: string
  readonly values: readonly Value[]
}

/** Turns a query into SQL over `message` of the index and `placement`. The words come from `toPhrase` and are quoted;
 *  whatever else was typed is a value. */
export function queryToSql(query: Query, names: PlaceNames, accounts: readonly number[] | undefined): QuerySql {
  const translation = new Translation(names, reachesRemoved(query), accounts)
  const { match, rest } = splitMatch(query)
  const { sql, values } = translation.found(rest)
  return { where: sql, values, match }
}

/** Words at the top of a conjunction decide which messages are looked at; the rest is tested on those. */
function splitMatch(query: Query): { readonly match: string | undefined; readonly rest: Query } {
  const whole = matchExpression(query)
  if (whole !== undefined) return { match: whole, rest: { kind: 'all' } }
  if (query.kind !== 'and') return { match: undefined, rest: query }
  const textual = query.of.filter((part) => matchExpression(part) !== undefined)
  const match = textual.length === 0 ? undefined : matchExpression({ kind: 'and', of: textual })
  return { match, rest: { kind: 'and', of: query.of.filter((part) => !textual.includes(part)) } }
}

const flagOf: Readonly<Record<FlagState, readonly [flag: string, isSet: boolean]>> = {
  unread: [String.raw`\Seen`, false],
  read: [String.raw`\Seen`, true],
  flagged: [String.raw`\Flagged`, true],
  answered: [String.raw`\Answered`, true],
  draft: [String.raw`\Draft`, true],
}

class Translation {
  readonly #names: PlaceNames
  readonly #scope: Condition

  constructor(names: PlaceNames, withRemoved: boolean, accounts: readonly number[] | undefined) {
    this.#names = names
    const present = withRemoved ? [] : ['p.removed_at IS NULL']
    const own = accounts === undefined ? [] : [`p.epoch IN (${accounts.join()})`]
    this.#scope = { sql: ['1', ...present, ...own].join(' AND '), values: [] }
  }

  /** One placement makes the query true. */
  found(query: Query): Condition {
    return this.#exists(this.#holds(query))
  }

  #exists({ sql, values }: Condition): Condition {
    const scope = this.#scope
    return {
      sql: `EXISTS (SELECT 1 FROM placement AS p WHERE p.content = message.id AND ${scope.sql} AND ${sql})`,
      values: [...scope.values, ...values],
    }
  }

  /** True for the placement `p`. */
  #holds(query: Query): Condition {
    if (query.kind === 'all' || query.kind === 'anywhere') return { sql: '1', values: [] }
    const match = matchExpression(query)
    if (match !== undefined) return inMatch(match)
    if (query.kind === 'and') return this.#joined(query.of, ' AND ')
    if (query.kind === 'or') return this.#joined(query.of, ' OR ')
    if (query.kind === 'not') return this.#none(query.of)
    if (isPlacement(query)) return this.#placement(query)
    if (query.kind === 'text') throw new Error('a text always has a match expression')
    return ofMessage(query)
  }

  /** True of no placement in scope; what does not depend on placements is simply not true. */
  #none(query: Query): Condition {
    const { sql, values } = this.#holds(query)
    return dependsOnPlacement(query) ? negated(this.#exists({ sql, values })) : { sql: `NOT (${sql})`, values }
  }

  #joined(parts: readonly Query[], operator: string): Condition {
    const conditions = parts.map((part) => this.#holds(part))
    return {
      sql: `(${conditions.map(({ sql }) => sql).join(operator)})`,
      values: conditions.flatMap(({ values }) => values),
    }
  }

  #placement(query: PlacementQuery): Condition {
    if (query.kind === 'removed') return { sql: 'p.removed_at IS NOT NULL', values: [] }
    if (query.kind === 'flag') {
      const [flag, isSet] = flagOf[query.state]
      return { sql: `instr(p.flags, ?) ${isSet ? '> 0' : '= 0'}`, values: [JSON.stringify(flag)] }
    }
    if (query.kind === 'label') {
      const labels = this.#names.labelsOf(query.glob)
      if (labels.length === 0) return { sql: '0', values: [] }
      const one = 'instr(p.labels, ?) > 0'
      return { sql: `(${labels.map(() => one).join(' OR ')})`, values: labels.map((label) => JSON.stringify(label)) }
    }
    return { sql: `p.epoch IN (${this.#names.epochsOf(query.kind, query.glob).join()})`, values: [] }
  }
}

function isPlacement(query: Query): query is PlacementQuery {
  return ['mailbox', 'account', 'label', 'flag', 'removed'].includes(query.kind)
}

function dependsOnPlacement(query: Query): boolean {
  if (query.kind === 'and' || query.kind === 'or') return query.of.some(dependsOnPlacement)
  return query.kind === 'not' ? dependsOnPlacement(query.of) : isPlacement(query)
}

function negated({ sql, values }: Condition): Condition {
  return { sql: `NOT ${sql}`, values }
}

function inMatch(match: string): Condition {
  return {
    sql: 'message.id IN (SELECT rowid FROM message_text WHERE message_text MATCH ?)',
    values: [match],
  }
}

function ofMessage(query: MessageQuery): Condition {
  switch (query.kind) {
    case 'attachment':
      return { sql: 'message.has_attachments', values: [] }
    case 'larger':
      return { sql: 'message.octets > ?', values: [query.octets] }
    case 'smaller':
      return { sql: 'message.octets < ?', values: [query.octets] }
    case 'message-id':
      return { sql: 'message.message_id = ?', values: [query.id] }
    case 'list':
      return { sql: `instr(lower(coalesce(message.list_id, '')), lower(?)) > 0`, values: [query.text] }
    case 'date':
      return dated(query.since, query.before)
  }
}

function dated(since: number | undefined, before: number | undefined): Condition {
  const conditions: Condition[] = []
  if (since !== undefined) conditions.push({ sql: 'message.date >= ?', values: [since] })
  if (before !== undefined) conditions.push({ sql: 'message.date < ?', values: [before] })
  return {
    sql: conditions.length === 0 ? '1' : `(${conditions.map(({ sql }) => sql).join(' AND ')})`,
    values: conditions.flatMap(({ values }) => values),
  }
}
