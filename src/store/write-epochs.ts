import type { Database } from 'better-sqlite3'
import type { Comparison, Cursor, MirroredEpoch } from '../sync/ports.ts'
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

function epochStatements(database: Database) {
  return {
    find: database
      .prepare<[number, bigint], EpochRow>(`SELECT ${epochColumns} FROM epoch WHERE mailbox = ? AND uid_validity = ?`)
      .safeIntegers(),
    byId: database.prepare<[number], EpochRow>(`SELECT ${epochColumns} FROM epoch WHERE id = ?`).safeIntegers(),
    goneAt: database.prepare<[number], number | null>('SELECT gone_at FROM mailbox WHERE id = ?').pluck(),
    active: database
      .prepare<[number], EpochRow>(`SELECT ${epochColumns} FROM epoch WHERE mailbox = ? AND state <> 'retired'`)
      .safeIntegers(),
    insert: database.prepare('INSERT INTO epoch (mailbox, uid_validity, state, started_at) VALUES (?, ?, ?, ?)'),
    setState: database.prepare('UPDATE epoch SET state = ? WHERE id = ?'),
    setCursor: database.prepare(
      'UPDATE epoch SET uid_next = ?, highest_modseq = ?, messages = ?, last_synced_at = ? WHERE id = ?',
    ),
    countPass: database.prepare('UPDATE epoch SET passes_since = passes_since + 1 WHERE id = ?'),
    noteComparison: database.prepare(
      'UPDATE epoch SET compared_at = ?, passes_since = 0, in_vain = CASE WHEN ? THEN in_vain + 1 ELSE 0 END WHERE id = ?',
    ),
    clearTrouble: database.prepare('UPDATE mailbox SET trouble = NULL WHERE id = ? AND trouble IS NOT NULL'),
    present: database
      .prepare<[number], number>('SELECT uid FROM placement WHERE epoch = ? AND removed_at IS NULL ORDER BY uid')
      .pluck(),
    removeAll: database.prepare('UPDATE placement SET removed_at = ? WHERE epoch = ? AND removed_at IS NULL'),
    dropFailures: database.prepare('DELETE FROM failure WHERE epoch = ?'),
  }
}

export interface EpochWriter {
  open(mailbox: number, uidValidity: bigint): MirroredEpoch
  complete(epoch: number, cursor: Cursor, comparison: Comparison): void
}

/** Opens epochs, moves cursors, retires former epochs. */
export function epochWriter(database: Database, state: WriterState, writeChange: WriteChange): EpochWriter {
  const statements = epochStatements(database)
  const counters = epochCounters(database)

  const currentOf = (mailbox: number): EpochRow | undefined =>
    statements.active.all(mailbox).find((row) => row.state === 'current')

  // The number is written as digits: it may have more than a JavaScript number holds.
  const startEpoch = (epoch: EpochRow, former: EpochRow | undefined, at = state.now()): void => {
    const mailbox = counters.mailboxOf(Number(epoch.id))
    const before = former === undefined ? null : `{"uidValidity":${former.uid_validity}}`
    const after = `{"uidValidity":${epoch.uid_validity}}`
    statements.setState.run('current', epoch.id)
    writeChange({ kind: 'epoch-started', mailbox, epoch: Number(epoch.id), before, after, at })
  }

  const retire = (epoch: number, at: number): void => {
    const removed = statements.removeAll.run(at, epoch).changes
    counters.add(epoch, -removed, removed)
    statements.dropFailures.run(epoch)
    statements.setState.run('retired', epoch)
  }

  const abandon = (mailbox: number, epoch: number, at: number): void => {
    for (const uid of statements.present.all(epoch)) writeChange({ kind: 'message-removed', mailbox, epoch, uid, at })
    retire(epoch, at)
  }

  const rowOf = (epoch: number): EpochRow => {
    const row = statements.byId.get(epoch)
    if (row === undefined) throw new Error(`there is no epoch ${epoch}`)
    return row
  }

  /** A uidValidity that comes back (F34): what was known of it is history, its messages are listed anew. */
  const begin = (mailbox: number, uidValidity: bigint, retired: EpochRow | undefined): number => {
    if (retired === undefined) {
      return Number(statements.insert.run(mailbox, uidValidity, 'building', state.now()).lastInsertRowid)
    }
    statements.setState.run('building', retired.id)
    statements.setCursor.run(null, null, null, null, retired.id)
    return Number(retired.id)
  }

  return {
    open: (mailbox, uidValidity) => {
      // A mailbox that was not listed since it went, or was renamed: its epochs are elsewhere.
      if (statements.goneAt.get(mailbox) !== null) throw new Error(`there is no mailbox ${mailbox}, or it is gone`)
      const known = statements.find.get(mailbox, uidValidity)
      if (known !== undefined && known.state !== 'retired') return toMirroredEpoch(known)
      const epoch = rowOf(begin(mailbox, uidValidity, known))
      if (currentOf(mailbox) === undefined) startEpoch(epoch, undefined)
      return toMirroredEpoch(epoch)
    },
    complete: (epoch, { uidNext, highestModseq, messages }, comparison) => {
      const mailbox = counters.mailboxOf(epoch)
      statements.clearTrouble.run(mailbox)
      const former = currentOf(mailbox)
      const at = state.now()
      for (const other of statements.active.all(mailbox)) {
        const id = Number(other.id)
        // What is present in the former current epoch is removed by the row that starts the new one.
        if (id !== epoch && other.state === 'current') retire(id, at)
        else if (id !== epoch) abandon(mailbox, id, at)
      }
      if (Number(former?.id ?? -1) !== epoch) startEpoch(rowOf(epoch), former, at)
      statements.setCursor.run(uidNext ?? null, highestModseq ?? null, messages, state.clock(), epoch)
      if (comparison === 'changes') statements.countPass.run(epoch)
      else statements.noteComparison.run(state.clock(), comparison === 'all in vain' ? 1 : 0, epoch)
    },
  }
}
