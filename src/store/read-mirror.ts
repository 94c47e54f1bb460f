import type { Database } from 'better-sqlite3'
import { textToProbed } from '../model/server-quirks.ts'
import type { ProbedServer } from '../model/server-quirks.ts'
import type { MailboxId, MirroredMailbox } from '../sync/ports.ts'
import { epochReader } from './mirrored-epoch.ts'

interface MailboxRow {
  readonly id: number
  readonly path: string
  readonly wire_path: string
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a row that was read becomes one
const toMailboxId = (id: number): MailboxId => id as MailboxId

export function readProbed(database: Database, account: string): ProbedServer | undefined {
  const quirks = database.prepare<[string], string | null>('SELECT quirks FROM account WHERE name = ?').pluck()
  return textToProbed(quirks.get(account))
}

export function mirrorReader(database: Database): (account: string) => readonly MirroredMailbox[] {
  const readEpoch = epochReader(database)
  const mailboxes = database.prepare<[string], MailboxRow>(
    `SELECT mailbox.id, path, wire_path FROM mailbox JOIN account ON account.id = mailbox.account
     WHERE account.name = ? AND kind = 'imap' AND gone_at IS NULL ORDER BY path, wire_path`,
  )
  const read = database.transaction((account: string) =>
    mailboxes.all(account).map((row) => ({
      id: toMailboxId(row.id),
      path: row.path,
      wirePath: row.wire_path,
      epoch: readEpoch(row.id),
    })),
  )
  return (account) => read(account)
}
