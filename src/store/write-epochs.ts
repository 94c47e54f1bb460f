import type { Database } from 'better-sqlite3'
import type { Cursor, MirroredEpoch } from '../sync/ports.ts'
import { epochColumns, toMirroredEpoch } from './mirrored-epoch.ts'
import type { EpochRow } from './mirrored-epoch.ts'
import type { WriteChange, WriterState } from './write-changes.ts'

export interface EpochCounters {
  mailboxOf(epoch: number): number
  add(epoch: number, present: number, removed: number): void
}

/** The counts of an epoch's placements, kept in step by whoever changes placements. */
export function epochCounters(database: Database): EpochCounters {
  const mailboxOf = database.prepare<[number], number>('SELECT mailbox FROM epoch WHERE id = ?').pluck()
  const add = database.prepare('UPDATE epoch SET present = present + ?, removed = removed + ? WHERE id = ?')
  return {
    mailboxOf: (epoch) => {
      const mailbox = mailboxOf.get(epoch)
      if (mailbox === undefined) throw new Error(`there is no epoch ${epoch}`)
      return mailbox
    },
    add: (epoch, present, removed) => {
      if (present !== 0 || removed !== 0) add.run(present, removed, epoch)
    },
  }
}

export interface EpochWriter {
  open(mailbox: number, uidValidity: bigint): MirroredEpoch
  complete(epoch: number, cursor: Cursor): void
}

/** Opens epochs, moves cursors, retires former epochs. */
export function epochWriter(database: Database, state: WriterState, writeChange: WriteChange): EpochWriter {
  const find = database
    .prepare<[number, bigint], EpochRow>(`SELECT ${epochColumns} FROM epoch WHERE mailbox = ? AND uid_validity = ?`)
    .safeIntegers()
  const current = database.prepare<[number], { id: number; uid_validity: number }>(
    `SELECT id, uid_validity FROM epoch WHERE mailbox = ? AND state = 'current'`,
  )
  const others = database
    .prepare<[number, number], number>(`SELECT id FROM epoch WHERE mailbox = ? AND id <> ? AND state <> 'retired'`)
    .pluck()
  const insert = database.prepare('INSERT INTO epoch (mailbox, uid_validity, state, started_at) VALUES (?, ?, ?, ?)')
  const setState = database.prepare('UPDATE epoch SET state = ? WHERE id = ?')
  const forget = database.prepare(
    'UPDATE epoch SET uid_next = NULL, highest_modseq = NULL, messages = NULL, last_synced_at = NULL WHERE id = ?',
  )
  const setCursor = database.prepare(
    'UPDATE epoch SET uid_next = ?, highest_modseq = ?, messages = ?, last_synced_at = ? WHERE id = ?',
  )
  const removeAll = database.prepare('UPDATE placement SET removed_at = ? WHERE epoch = ? AND removed_at IS NULL')
  const dropFailures = database.prepare('DELETE FROM failure WHERE epoch = ?')
  const counters = epochCounters(database)

  const startEpoch = (mailbox: number, epoch: number, former: number | undefined): void => {
    const uidValidity = database.prepare('SELECT uid_validity FROM epoch WHERE id = ?').pluck().get(epoch)
    writeChange({
      kind: 'epoch-started',
      mailbox,
      epoch,
      before: former === undefined ? null : JSON.stringify({ uidValidity: former }),
      after: JSON.stringify({ uidValidity }),
    })
  }

  const retire = (epoch: number): void => {
    const removed = removeAll.run(state.now(), epoch).changes
    counters.add(epoch, -removed, removed)
    dropFailures.run(epoch)
    setState.run('retired', epoch)
  }

  const open = database.transaction((mailbox: number, uidValidity: bigint): MirroredEpoch => {
    let row = find.get(mailbox, uidValidity)
    const hasCurrent = current.get(mailbox) !== undefined
    if (row === undefined) {
      const { lastInsertRowid } = insert.run(mailbox, uidValidity, hasCurrent ? 'building' : 'current', state.now())
      if (!hasCurrent) startEpoch(mailbox, Number(lastInsertRowid), undefined)
      row = find.get(mailbox, uidValidity)
    } else if (row.state === 'retired') {
      // A uidValidity that comes back (F34): what was known of it is history, its messages are listed anew.
      setState.run(hasCurrent ? 'building' : 'current', row.id)
      forget.run(row.id)
      row = find.get(mailbox, uidValidity)
    }
    if (row === undefined) throw new Error('an epoch that was just written is not there')
    return toMirroredEpoch(row)
  })

  const complete = database.transaction((epoch: number, cursor: Cursor): void => {
    const mailbox = counters.mailboxOf(epoch)
    const former = current.get(mailbox)
    for (const other of others.all(mailbox, epoch)) retire(other)
    if (former !== undefined && former.id !== epoch) {
      setState.run('current', epoch)
      startEpoch(mailbox, epoch, former.uid_validity)
    }
    setCursor.run(cursor.uidNext ?? null, cursor.highestModseq ?? null, cursor.messages, state.now(), epoch)
  })

  return {
    open: (mailbox, uidValidity) => open.immediate(mailbox, uidValidity),
    complete: (epoch, cursor) => complete.immediate(epoch, cursor),
  }
}
