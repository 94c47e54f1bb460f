import type { Database } from 'better-sqlite3'
import type { WriteChange, WriterState } from './write-changes.ts'
import type { EpochWriter } from './write-epochs.ts'
import { accountIds } from './write-mailboxes.ts'

/** A mailbox that no server has. */
export interface LocalEpoch {
  readonly epoch: number
  readonly uidNext: number
}

/** A message that is held, and how often it is in a mailbox: removed ones count. */
export interface PlacedContent {
  readonly content: number
  readonly placed: number
}

export interface LocalMailboxes {
  /** Made with its account where there is none. */
  open(account: string, path: string): LocalEpoch
  /** For each SHA-256 in hex digits; null: it is not held. */
  placedIn(epoch: number, hashes: readonly string[]): readonly (PlacedContent | null)[]
  /** All that was to come has come. */
  complete(epoch: number): void
}

/** Finds the content of a SHA-256 in hex digits. */
export function heldIn(database: Database): (epoch: number, hash: string) => PlacedContent | undefined {
  const held = database.prepare<[number, Buffer], PlacedContent>(
    `SELECT id AS content, (SELECT count(*) FROM placement WHERE content = content.id AND epoch = ?) AS placed
     FROM content WHERE sha256 = ? AND pruned IS NULL`,
  )
  return (epoch, hash) => held.get(epoch, Buffer.from(hash, 'hex'))
}

/** Mailboxes of kind `local`: imported mail lies there, under UIDs of our own. No sync sees them. */
export function localMailboxes(
  database: Database,
  state: WriterState,
  { writeChange, epochs }: { readonly writeChange: WriteChange; readonly epochs: EpochWriter },
): LocalMailboxes {
  const accountId = accountIds(database, state)
  const find = database
    .prepare<[number, string], number>(`SELECT id FROM mailbox WHERE account = ? AND kind = 'local' AND wire_path = ?`)
    .pluck()
  const add = database.prepare(
    `INSERT INTO mailbox (account, kind, path, wire_path, delimiter, selectable, subscribed, first_seen)
     VALUES (@account, 'local', @path, @path, '/', 1, 1, @now)`,
  )
  const comeBack = database.prepare('UPDATE mailbox SET gone_at = NULL WHERE id = ? AND gone_at IS NOT NULL')
  const validity = database
    .prepare<[number], number>(`SELECT uid_validity FROM epoch WHERE mailbox = ? AND state <> 'retired'`)
    .pluck()
  const lastUid = database.prepare<[number], number | null>('SELECT max(uid) FROM placement WHERE epoch = ?').pluck()
  const held = heldIn(database)
  const present = database.prepare<[number], number>('SELECT present FROM epoch WHERE id = ?').pluck()

  const writeAdded = (mailbox: number, path: string): void =>
    writeChange({ kind: 'mailbox-added', mailbox, after: JSON.stringify({ path, kind: 'local' }) })
  const made = (account: number, path: string): number => {
    const mailbox = Number(add.run({ account, path, now: state.now() }).lastInsertRowid)
    writeAdded(mailbox, path)
    return mailbox
  }
  const uidNextOf = (epoch: number): number => (lastUid.get(epoch) ?? 0) + 1

  return {
    open: (name, path) => {
      const account = accountId(name)
      const mailbox = find.get(account, path) ?? made(account, path)
      // It was pruned.
      if (comeBack.run(mailbox).changes > 0) writeAdded(mailbox, path)
      const uidValidity = BigInt(validity.get(mailbox) ?? Math.trunc(state.now() / 1000))
      const { id } = epochs.open(mailbox, uidValidity)
      return { epoch: id, uidNext: uidNextOf(id) }
    },
    placedIn: (epoch, hashes) => hashes.map((hash) => held(epoch, hash) ?? null),
    complete: (epoch) => {
      const cursor = { uidNext: uidNextOf(epoch), highestModseq: undefined, messages: present.get(epoch) ?? 0 }
      epochs.complete(epoch, cursor, 'changes')
    },
  }
}
