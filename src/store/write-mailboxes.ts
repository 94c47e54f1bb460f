import type { Database } from 'better-sqlite3'
import type { ListedMailbox } from '../model/mailbox.ts'
import type { MailboxId, MirroredMailbox, RecordedMailboxes } from '../sync/ports.ts'
import { epochReader } from './mirrored-epoch.ts'
import type { WriteChange, WriterState } from './write-changes.ts'

interface MailboxRow {
  readonly id: number
  readonly path: string
  readonly wire_path: string
  readonly gone_at: number | null
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a row's id becomes a MailboxId
const toMailboxId = (id: number): MailboxId => id as MailboxId

/** The account's id, made when there is none. */
export function accountIds(database: Database, state: WriterState): (name: string) => number {
  const find = database.prepare<[string], number>('SELECT id FROM account WHERE name = ?').pluck()
  const add = database.prepare('INSERT INTO account (name, first_seen) VALUES (?, ?)')
  return (name) => find.get(name) ?? Number(add.run(name, state.now()).lastInsertRowid)
}

type RecordMailboxes = (account: string, listed: readonly ListedMailbox[]) => RecordedMailboxes

function mailboxStatements(database: Database) {
  return {
    all: database.prepare<[number], MailboxRow>(
      `SELECT id, path, wire_path, gone_at FROM mailbox WHERE account = ? AND kind = 'imap' ORDER BY id`,
    ),
    add: database.prepare(
      `INSERT INTO mailbox (account, path, wire_path, delimiter, special_use, selectable, subscribed, first_seen)
       VALUES (@account, @path, @wirePath, @delimiter, @specialUse, @selectable, @subscribed, @now)`,
    ),
    // A run in which nothing has changed writes nothing.
    update: database.prepare(
      `UPDATE mailbox SET path = @path, delimiter = @delimiter, special_use = @specialUse, selectable = @selectable,
         subscribed = @subscribed WHERE id = @id
       AND (path, delimiter, special_use, selectable, subscribed)
         IS NOT (@path, @delimiter, @specialUse, @selectable, @subscribed)`,
    ),
    comeBack: database.prepare('UPDATE mailbox SET gone_at = NULL WHERE id = ?'),
    // What the cursor says was removed when the mailbox went: it must not pass for unchanged.
    forgetCursors: database.prepare(
      'UPDATE epoch SET uid_next = NULL, highest_modseq = NULL, messages = NULL, last_synced_at = NULL WHERE mailbox = ?',
    ),
  }
}

function toColumns(box: ListedMailbox) {
  return {
    path: box.path,
    delimiter: box.delimiter ?? null,
    specialUse: box.specialUse ?? null,
    selectable: Number(box.selectable),
    subscribed: Number(box.subscribed),
  }
}

/** Records what LIST showed. The wire name is the key (F46). */
export function mailboxRecorder(database: Database, state: WriterState, writeChange: WriteChange): RecordMailboxes {
  const accountId = accountIds(database, state)
  const readEpoch = epochReader(database)
  const statements = mailboxStatements(database)

  const mirrored = ({ id, path, wire_path: wirePath }: Omit<MailboxRow, 'gone_at'>): MirroredMailbox => ({
    id: toMailboxId(id),
    path,
    wirePath,
    epoch: readEpoch(id),
  })

  const writeAdded = (mailbox: number, path: string): void =>
    writeChange({ kind: 'mailbox-added', mailbox, after: JSON.stringify({ path }) })

  const addOne = (account: number, box: ListedMailbox): MailboxRow => {
    const { lastInsertRowid } = statements.add.run({
      ...toColumns(box),
      account,
      wirePath: box.wirePath,
      now: state.now(),
    })
    const id = Number(lastInsertRowid)
    writeAdded(id, box.path)
    return { id, path: box.path, wire_path: box.wirePath, gone_at: null }
  }

  const updateOne = (known: MailboxRow, box: ListedMailbox): MailboxRow => {
    statements.update.run({ ...toColumns(box), id: known.id })
    if (known.gone_at !== null) {
      statements.comeBack.run(known.id)
      statements.forgetCursors.run(known.id)
      writeAdded(known.id, box.path)
    }
    return { ...known, path: box.path, gone_at: null }
  }

  return (name, listed) => {
    const account = accountId(name)
    const known = new Map(statements.all.all(account).map((row) => [row.wire_path, row]))
    const shown = new Set<string>()
    const recorded = listed.map((box) => {
      const row = known.get(box.wirePath)
      const now = row === undefined ? addOne(account, box) : updateOne(row, box)
      // A server may show a name twice.
      known.set(box.wirePath, now)
      shown.add(box.wirePath)
      return mirrored(now)
    })
    const absent = [...known.values()].filter((row) => row.gone_at === null && !shown.has(row.wire_path)).map(mirrored)
    return { listed: recorded, absent }
  }
}
