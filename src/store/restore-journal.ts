import type { Database } from 'better-sqlite3'
import type { RestoreJournal } from '../export/restore-ports.ts'
import { guardedAs, openCurrent } from './open-current.ts'
import type { WriterStart } from './writer-client.ts'

export interface RestoreJournalOptions extends WriterStart {
  readonly account: string
  readonly clock: () => number
}

/** Dispose it. */
export type OpenRestoreJournal = RestoreJournal & Disposable

/** Writes its few rows beside a sync that may be running. A store that is not there yet, or is of an older version, is made or brought
 *  up to date first, under the run lock. Throws what `startWriter` throws. */
export async function openRestoreJournal(options: RestoreJournalOptions): Promise<OpenRestoreJournal> {
  return journalIn(await openCurrent(options), options)
}

function journalIn(database: Database, { account, clock, path }: RestoreJournalOptions): OpenRestoreJournal {
  const read = database.prepare<[string, string, bigint], { uid: number; sha256: Buffer }>(
    `SELECT uid, sha256 FROM restored JOIN account ON account.id = restored.account
     WHERE name = ? AND wire_path = ? AND uid_validity = ?`,
  )
  const addAccount = database.prepare('INSERT INTO account (name, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const add = database.prepare(`INSERT OR REPLACE INTO restored SELECT id, ?, ?, ?, ?, ? FROM account WHERE name = ?`)
  type Entries = Parameters<RestoreJournal['note']>[2]
  const note = database.transaction((wirePath: string, uidValidity: bigint, entries: Entries) => {
    addAccount.run(account, clock())
    for (const [uid, sha256] of entries) {
      add.run(wirePath, uidValidity, uid, Buffer.from(sha256, 'hex'), clock(), account)
    }
  })
  const guarded = guardedAs(`write to the store ${path}`)
  return {
    read: (wirePath, uidValidity) =>
      guarded(() => {
        const rows = read.all(account, wirePath, uidValidity)
        return new Map(rows.map(({ uid, sha256 }) => [uid, sha256.toString('hex')]))
      }),
    note: (wirePath, uidValidity, entries) => guarded(() => note.immediate(wirePath, uidValidity, entries)),
    [Symbol.dispose]: () => void database.close(),
  }
}
