import type { Database } from 'better-sqlite3'
import type { CursorMove, CursorPlace, GivenUp, HookHealth } from '../hooks/ports.ts'

/** See `HookStore`; each within a transaction of the caller's. */
export interface HookWriter {
  register(names: readonly string[], atMs: number): void
  advance(name: string, move: CursorMove): boolean
  note(name: string, place: CursorPlace, health: HookHealth): boolean
  bury(name: string, place: CursorPlace, letter: GivenUp): boolean
  settleLetter(name: string, seq: number, fate: { readonly reason: string | undefined; readonly atMs: number }): void
  wake(name: string, withLetters: boolean, atMs: number): number
  rewind(name: string, to: number, atMs: number): void
  dropLetters(name: string): number
  forget(name: string): void
}

type Value = string | number | null

const unharmed = `state = 'ready', failures = 0, failing_since = NULL, outages = 0, paused_until = NULL, last_error = NULL`

export function hookWriter(database: Database): HookWriter {
  const run = (sql: string, ...values: readonly Value[]): number =>
    database.prepare<Value[]>(sql).run(...values).changes
  const advance = (name: string, { from, to, atMs }: CursorMove): boolean =>
    run(`UPDATE hook SET cursor = ?, ${unharmed}, updated_at = ? WHERE name = ? AND cursor = ?`, to, atMs, name, from) >
    0
  const dropLetters = (name: string): number => run('DELETE FROM hook_dead_letter WHERE hook = ?', name)
  return {
    register: (names, atMs) => {
      for (const name of names) run(registration, name, atMs)
    },
    advance,
    note: (name, { cursor, atMs }, health) => run(notation, ...healthValues(health), atMs, name, cursor) > 0,
    bury: (name, { cursor, atMs }, { seq, reason }) => {
      if (!advance(name, { from: cursor, to: seq, atMs })) return false
      run(
        'INSERT OR REPLACE INTO hook_dead_letter (hook, seq, reason, at) VALUES (?, ?, ?, ?)',
        name,
        seq,
        reason,
        atMs,
      )
      return true
    },
    settleLetter: (name, seq, { reason, atMs }) => {
      if (reason === undefined) run('DELETE FROM hook_dead_letter WHERE hook = ? AND seq = ?', name, seq)
      else
        run(
          'UPDATE hook_dead_letter SET reason = ?, at = ?, wanted = 0 WHERE hook = ? AND seq = ?',
          reason,
          atMs,
          name,
          seq,
        )
    },
    wake: (name, withLetters, atMs) => {
      run(
        `UPDATE hook SET state = 'ready', outages = 0, paused_until = NULL, updated_at = ? WHERE name = ?`,
        atMs,
        name,
      )
      return withLetters ? run('UPDATE hook_dead_letter SET wanted = 1 WHERE hook = ?', name) : 0
    },
    rewind: (name, to, atMs) => void run(rewinding, name, to, atMs),
    dropLetters,
    forget: (name) => {
      dropLetters(name)
      run('DELETE FROM hook WHERE name = ?', name)
    },
  }
}

const registration = `INSERT INTO hook (name, cursor, updated_at)
  VALUES (?, (SELECT coalesce(max(seq), 0) FROM change), ?) ON CONFLICT DO NOTHING`

const notation = `UPDATE hook SET state = ?, failures = ?, failing_since = ?, outages = ?, paused_until = ?, last_error = ?, updated_at = ?
  WHERE name = ? AND cursor = ?`

const rewinding = `INSERT INTO hook (name, cursor, updated_at) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET cursor = excluded.cursor, ${unharmed}, updated_at = excluded.updated_at`

function healthValues(health: HookHealth): readonly Value[] {
  const { condition, failures, failingSinceMs, outages, pausedUntilMs, lastError } = health
  return [condition, failures, failingSinceMs ?? null, outages, pausedUntilMs ?? null, lastError ?? null]
}
