import type { Database } from 'better-sqlite3'
import type { ChangeKind } from '../model/change.ts'

export interface ChangeToWrite {
  readonly kind: ChangeKind
  readonly mailbox: number
  readonly epoch?: number
  readonly uid?: number
  /** JSON. */
  readonly before?: string | null
  readonly after?: string | null
}

/** The writer's clock and the run that it writes for. */
export interface WriterState {
  /** undefined before `beginRun`. */
  run: number | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Appends to the change log; call it inside the transaction that makes the change. */
export type WriteChange = (change: ChangeToWrite) => void

export function changeWriter(database: Database, state: WriterState): WriteChange {
  const insert = database.prepare(
    'INSERT INTO change (run, at, mailbox, epoch, uid, kind, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  return ({ kind, mailbox, epoch, uid, before, after }) => {
    insert.run(state.run ?? null, state.now(), mailbox, epoch ?? null, uid ?? null, kind, before ?? null, after ?? null)
  }
}
