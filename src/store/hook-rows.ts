import type { Database } from 'better-sqlite3'
import type { DeadLetter, HookCondition, HookState, LoggedChange } from '../hooks/ports.ts'
import { firstSeqFrom, readChanges } from './read-changes.ts'

interface HookRow {
  readonly name: string
  readonly cursor: number
  readonly state: HookCondition
  readonly failures: number
  readonly failing_since: number | null
  readonly outages: number
  readonly paused_until: number | null
  readonly last_error: string | null
  readonly updated_at: number
}

interface LetterRow {
  readonly hook: string
  readonly seq: number
  readonly reason: string
  readonly at: number
  readonly wanted: number
}

/** What is read of hooks, and of the log for them. */
export interface HookRows {
  states(): readonly HookState[]
  state(name: string): HookState | undefined
  deadLetters(): readonly DeadLetter[]
  lastSeq(): number
  changesAfter(seq: number, limit: number): readonly LoggedChange[]
  seqBefore(fromMs: number): number
}

const hookColumns = 'name, cursor, state, failures, failing_since, outages, paused_until, last_error, updated_at'

/** What a change is about: what it brought, else what lies there now. */
const contentsBetween = `
  SELECT seq, coalesce(CASE WHEN change.kind = 'message-added' THEN json_extract(change.after, '$.message') END,
    placement.content) AS content
  FROM change LEFT JOIN placement ON placement.epoch = change.epoch AND placement.uid = change.uid
  WHERE seq BETWEEN ? AND ? AND change.uid IS NOT NULL`

export function hookRows(database: Database): HookRows {
  const all = database.prepare<[], HookRow>(`SELECT ${hookColumns} FROM hook ORDER BY name`)
  const one = database.prepare<[string], HookRow>(`SELECT ${hookColumns} FROM hook WHERE name = ?`)
  const letters = database.prepare<[], LetterRow>(
    'SELECT hook, seq, reason, at, wanted FROM hook_dead_letter ORDER BY hook, seq',
  )
  const last = database.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM change').pluck()
  const contents = database.prepare<[number, number], { seq: number; content: number | null }>(contentsBetween)
  return {
    states: () => all.all().map(toState),
    state: (name) => {
      const row = one.get(name)
      return row === undefined ? undefined : toState(row)
    },
    deadLetters: () =>
      letters
        .all()
        .map(({ hook, seq, reason, at, wanted }) => ({ hook, seq, reason, atMs: at, isWanted: wanted !== 0 })),
    lastSeq: () => last.get() ?? 0,
    changesAfter: (seq, limit) => {
      const changes = firstOf(readChanges(database, { afterSeq: seq }), limit)
      const bySeq = new Map(
        contents.all(seq + 1, changes.at(-1)?.seq ?? seq).map(({ seq: own, content }) => [own, content ?? undefined]),
      )
      return changes.map((change) => ({ change, content: bySeq.get(change.seq) }))
    },
    seqBefore: (fromMs) => firstSeqFrom(database, fromMs) - 1,
  }
}

function toState(row: HookRow): HookState {
  return {
    name: row.name,
    cursor: row.cursor,
    condition: row.state,
    failures: row.failures,
    failingSinceMs: row.failing_since ?? undefined,
    outages: row.outages,
    pausedUntilMs: row.paused_until ?? undefined,
    lastError: row.last_error ?? undefined,
    updatedAtMs: row.updated_at,
  }
}

function firstOf<Value>(values: Iterable<Value>, limit: number): readonly Value[] {
  const first: Value[] = []
  for (const value of values) {
    first.push(value)
    if (first.length === limit) break
  }
  return first
}
