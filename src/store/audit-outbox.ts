import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { outboxRows } from './read-outbox.ts'

/** What is wrong in the outbox, one sentence for each. */
export function* auditOutbox(database: Database): Generator<string> {
  const rows = outboxRows(database)
  const ids = database.prepare<[], { readonly id: number; readonly held: number }>(
    'SELECT id, sha256 IS NOT NULL AS held FROM outbox ORDER BY id',
  )
  for (const { id, held } of ids.all()) {
    yield* complaintOf(() => rows.entries({ id }))
    if (held === 1) yield* complaintOf(() => rows.octets(id))
  }
}

function* complaintOf(read: () => unknown): Generator<string> {
  try {
    read()
  } catch (error) {
    // The owner may have let go of the octets meanwhile.
    if (error instanceof AppError && error.code === 'NO_SUCH_MESSAGE') return
    if (!(error instanceof AppError) || error.code !== 'DAMAGED') throw error
    yield error.message
  }
}
