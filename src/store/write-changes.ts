import type { Database } from 'better-sqlite3'
import type { ChangeKind } from '../model/change.ts'

interface ChangeToWrite {
  readonly kind: ChangeKind
  readonly mailbox: number
  readonly epoch?: number
  readonly uid?: number
  /** JSON. */
  readonly before?: string | null
  readonly after?: string | null
  /** Default: now. The instant of what the row tells, where that is stored elsewhere too. */
  readonly at?: number
}

/** The writer's clocks and the run that it writes for. */
export interface WriterState {
  /** undefined before `beginRun`. */
  run: number | undefined
  /** What the clock says, in milliseconds since 1970. */
  readonly clock: () => number
  /** The instant of a change: the clock's, yet never before an earlier change's (F05). */
  readonly now: () => number
}

/** Instants that never decrease along the log, whatever the clock does, also from one run to the next: a reader may look
 *  for the place of an instant in the log by halving. */
export function logClock(database: Database, clock: () => number): () => number {
  const last = database.prepare<[], number>('SELECT at FROM change ORDER BY seq DESC LIMIT 1').pluck()
  let latest = last.get() ?? 0
  return () => (latest = Math.max(latest, clock()))
}

/** Appends to the change log; call it inside the transaction that makes the change.
 *
 *  A log of a mailbox's placements from its beginning gives what the tables hold. What has no rows of its own: an
 *  `epoch-started` removes what is present in the epoch that its `before` names, and a `mailbox-renamed` takes all epochs
 *  of the mailbox in `before` to that in `after`. A `message-added` with a `before` is a removed message that came back with
 *  other octets or another date: `before` has the number of the former ones, or the former date. A `message-replaced` gives
 *  the octets that a placement has, present or removed, another number. */
export type WriteChange = (change: ChangeToWrite) => void

export function changeWriter(database: Database, state: WriterState): WriteChange {
  const insert = database.prepare(
    'INSERT INTO change (run, at, mailbox, epoch, uid, kind, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  return ({ kind, mailbox, epoch, uid, before, after, at = state.now() }) => {
    insert.run(state.run ?? null, at, mailbox, epoch ?? null, uid ?? null, kind, before ?? null, after ?? null)
  }
}
