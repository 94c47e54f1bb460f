import { hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { OutboxEntry, OutboxFilter } from '../send/outbox.ts'
import { toOutboxEntry } from './outbox-rows.ts'
import type { OutboxRow } from './outbox-rows.ts'

export interface OutboxRows {
  entries(filter: OutboxFilter): readonly OutboxEntry[]
  /** Throws NO_SUCH_MESSAGE. */
  entry(id: number): OutboxEntry
  /** Throws NO_SUCH_MESSAGE or DAMAGED. */
  octets(id: number): Uint8Array
}

const columns = `
  outbox.id, account.name AS account, message_id, subject, smtp_envelope, octets, state, attempts, queued_at, next_try, updated_at, result, copy`

const openCondition = "(state IN ('queued', 'sending', 'unknown') OR state = 'sent' AND copy = 'wanted')"

export function outboxRows(database: Database): OutboxRows {
  const entries = ({ id, account, states, isOpen }: OutboxFilter): readonly OutboxEntry[] => {
    const conditions = [
      ...(id === undefined ? [] : ['outbox.id = @id']),
      ...(account === undefined ? [] : ['account.name = @account']),
      ...(states === undefined ? [] : ['state IN (SELECT value FROM json_each(@states))']),
      ...(isOpen === undefined ? [] : [openCondition]),
    ]
    const found = database.prepare<[Readonly<Record<string, unknown>>], OutboxRow>(
      `SELECT ${columns} FROM outbox JOIN account ON account.id = outbox.account
       ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY outbox.id`,
    )
    return found.all({ id, account, states: JSON.stringify(states ?? []) }).map(toOutboxEntry)
  }
  return {
    entries,
    entry: (id) => {
      const [entry] = entries({ id })
      if (entry === undefined) throw missingEntry(id)
      return entry
    },
    octets: octetReader(database),
  }
}

function octetReader(database: Database): (id: number) => Uint8Array {
  const about = database.prepare<[number], { readonly octets: number; readonly sha256: Buffer }>(
    'SELECT octets, sha256 FROM outbox WHERE id = ? AND sha256 IS NOT NULL',
  )
  const held = database
    .prepare<[number], number>('SELECT coalesce(sum(length(data)), 0) FROM outbox_part WHERE entry = ?')
    .pluck()
  const parts = database.prepare<[number], Buffer>('SELECT data FROM outbox_part WHERE entry = ? ORDER BY part').pluck()
  const read = (id: number): Uint8Array => {
    const entry = about.get(id)
    if (entry === undefined) throw missingEntry(id)
    // Before room is made for what a damaged row claims.
    if (held.get(id) !== entry.octets) throw notAsAdded(id)
    const octets = Buffer.allocUnsafe(entry.octets)
    let at = 0
    for (const part of parts.iterate(id)) at += part.copy(octets, at)
    if (!hash('sha256', octets, 'buffer').equals(entry.sha256)) throw notAsAdded(id)
    return octets
  }
  return database.transaction(read)
}

export function missingEntry(id: number): AppError {
  return new AppError({
    code: 'NO_SUCH_MESSAGE',
    message: `could not read message ${id} of the outbox: there is no such message, or its octets have been let go`,
    hint: 'list the messages with `mailmirror outbox list`',
  })
}

function notAsAdded(id: number): AppError {
  return new AppError({
    code: 'DAMAGED',
    message: `could not read message ${id} of the outbox: its octets are not those that were queued`,
    hint: 'cancel it and write it anew; keep a copy of the store, then run `mailmirror verify`',
  })
}
