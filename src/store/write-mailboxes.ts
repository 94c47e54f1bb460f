import type { Database } from 'better-sqlite3'
import type { ListedMailbox } from '../model/mailbox.ts'
import type { MailboxId, MirroredMailbox, RecordedMailboxes } from '../sync/ports.ts'
import type { WriteChange, WriterState } from './write-changes.ts'
import { epochReader } from './mirrored-epoch.ts'

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

export interface MailboxWriter {
  record(account: string, listed: readonly ListedMailbox[]): RecordedMailboxes
  rename(from: number, to: number): void
}

/** Records what LIST showed. The wire name is the key (F46). */
export function mailboxWriter(database: Database, state: WriterState, writeChange: WriteChange): MailboxWriter {
  const accountId = accountIds(database, state)
  const readEpoch = epochReader(database)
  const all = database.prepare<[number], MailboxRow>(
    `SELECT id, path, wire_path, gone_at FROM mailbox WHERE account = ? AND kind = 'imap'`,
  )
  const add = database.prepare(
    `INSERT INTO mailbox (account, path, wire_path, delimiter, special_use, selectable, subscribed, first_seen)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const update = database.prepare(
    `UPDATE mailbox SET path = ?, delimiter = ?, special_use = ?, selectable = ?, subscribed = ?, gone_at = NULL WHERE id = ?`,
  )

  const mirrored = (row: Omit<MailboxRow, 'gone_at'>): MirroredMailbox => ({
    id: toMailboxId(row.id),
    path: row.path,
    wirePath: row.wire_path,
    epoch: readEpoch(row.id),
  })

  const addOne = (account: number, box: ListedMailbox): MirroredMailbox => {
    const flags = [Number(box.selectable), Number(box.subscribed)]
    const { lastInsertRowid } = add.run(
      account, box.path, box.wirePath, box.delimiter ?? null, box.specialUse ?? null, ...flags, state.now(),
    ) // prettier-ignore
    const id = Number(lastInsertRowid)
    writeChange({ kind: 'mailbox-added', mailbox: id, after: JSON.stringify({ path: box.path }) })
    return mirrored({ id, path: box.path, wire_path: box.wirePath })
  }

  const updateOne = (known: MailboxRow, box: ListedMailbox): MirroredMailbox => {
    const flags = [Number(box.selectable), Number(box.subscribed)]
    update.run(box.path, box.delimiter ?? null, box.specialUse ?? null, ...flags, known.id)
    if (known.gone_at !== null) {
      writeChange({ kind: 'mailbox-added', mailbox: known.id, after: JSON.stringify({ path: box.path }) })
    }
    return mirrored({ ...known, path: box.path })
  }

  const record = database.transaction((name: string, listed: readonly ListedMailbox[]): RecordedMailboxes => {
    const account = accountId(name)
    const known = new Map(all.all(account).map((row) => [row.wire_path, row]))
    const recorded = listed.map((box) => {
      const row = known.get(box.wirePath)
      known.delete(box.wirePath)
      return row === undefined ? addOne(account, box) : updateOne(row, box)
    })
    const absent = [...known.values()].filter((row) => row.gone_at === null).map(mirrored)
    return { listed: recorded, absent }
  })

  return {
    record: (name, listed) => record.immediate(name, listed),
    rename: renamer(database, writeChange),
  }
}

/** The row of the old name takes the new name, so that its epoch and placements stay; the row that was made for the new
 *  name, which holds nothing, goes. */
function renamer(database: Database, writeChange: WriteChange): (from: number, to: number) => void {
  const find = database.prepare<[number], MailboxRow>('SELECT id, path, wire_path, gone_at FROM mailbox WHERE id = ?')
  const dropEpochs = database.prepare('DELETE FROM epoch WHERE mailbox = ?')
  const drop = database.prepare('DELETE FROM mailbox WHERE id = ?')
  const setName = database.prepare('UPDATE mailbox SET path = ?, wire_path = ?, gone_at = NULL WHERE id = ?')
  const rename = database.transaction((from: number, to: number): void => {
    const [before, after] = [find.get(from), find.get(to)]
    if (before === undefined || after === undefined) throw new Error(`there is no mailbox ${from} or ${to}`)
    dropEpochs.run(to)
    drop.run(to)
    setName.run(after.path, after.wire_path, from)
    writeChange({
      kind: 'mailbox-renamed',
      mailbox: from,
      before: JSON.stringify({ path: before.path }),
      after: JSON.stringify({ path: after.path }),
    })
  })
  return (from, to) => rename.immediate(from, to)
}
