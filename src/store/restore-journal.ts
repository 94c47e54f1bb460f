import type { Database } from 'better-sqlite3'
import type { RestoreJournal } from '../export/restore-ports.ts'
import { openBesideSync } from './open-beside-sync.ts'
import type { BesideSyncOptions } from './open-beside-sync.ts'
import { toStoreError } from './sqlite-error.ts'

export interface RestoreJournalOptions extends BesideSyncOptions {
  readonly account: string
  readonly clock: () => number
}

/** Dispose it. */
export type OpenRestoreJournal = RestoreJournal & Disposable

/** Writes its few rows beside a sync that may be running. Throws what `openBesideSync` throws. */
export async function openRestoreJournal(options: RestoreJournalOptions): Promise<OpenRestoreJournal> {
  return journalIn(await openBesideSync(options), options)
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
  const guarded = <Value>(work: () => Value): Promise<Value> => {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(toStoreError(error, `write to the store ${path}`))
    }
  }
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
