import { existsSync } from 'node:fs'
import Sqlite from 'better-sqlite3'

interface Row {
  readonly kind: string
  readonly path: string | null
  readonly uid_validity: number | null
  readonly uid: number | null
  readonly before: string | null
  readonly after: string | null
}

/** The change log in its order, a line a row: `flags-changed INBOX/100/7 before → after`. Numbers of rows are left out:
 *  they differ between mirrors that are otherwise equal. */
export function changeLog(storePath: string): readonly string[] {
  if (!existsSync(storePath)) return []
  const database = new Sqlite(storePath, { readonly: true })
  try {
    return database
      .prepare<[], Row>(
        `SELECT change.kind, mailbox.path, epoch.uid_validity, uid, before, after FROM change
         LEFT JOIN mailbox ON mailbox.id = change.mailbox LEFT JOIN epoch ON epoch.id = change.epoch ORDER BY seq`,
      )
      .all()
      .map((row) => {
        const where = [row.path, row.uid_validity, row.uid].filter((part) => part !== null).join('/')
        const after = row.kind === 'message-added' ? row.after?.replace(/"message":\d+,/, '') : row.after
        return `${row.kind} ${where} ${row.before ?? ''} → ${after ?? ''}`
      })
  } finally {
    database.close()
  }
}
