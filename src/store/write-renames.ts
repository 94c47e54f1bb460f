import type { Database } from 'better-sqlite3'
import type { WriteChange, WriterState } from './write-changes.ts'

interface MailboxRow {
  readonly path: string
  readonly gone_at: number | null
}

/** All epochs of the former name move to the new one; the former name is gone. Both rows stay, so that each name keeps its
 *  history in the change log. An epoch that was begun under the new name holds nothing and is left to the former. */
export function mailboxRenamer(
  database: Database,
  state: WriterState,
  writeChange: WriteChange,
): (from: number, to: number) => void {
  const find = database.prepare<[number], MailboxRow>('SELECT path, gone_at FROM mailbox WHERE id = ?')
  const placements = database
    .prepare<[number], number>('SELECT coalesce(sum(present + removed), 0) FROM epoch WHERE mailbox = ?')
    .pluck()
  const dropFailures = database.prepare('DELETE FROM failure WHERE epoch IN (SELECT id FROM epoch WHERE mailbox = ?)')
  // Both may have an epoch of the same uidValidity: below zero it is out of the way.
  const putAside = database.prepare(
    `UPDATE epoch SET uid_validity = -1 - uid_validity, state = 'retired' WHERE mailbox = ?`,
  )
  const leaveBehind = database.prepare(
    'UPDATE epoch SET uid_validity = -1 - uid_validity, mailbox = ? WHERE mailbox = ? AND uid_validity < 0',
  )
  const moveEpochs = database.prepare('UPDATE epoch SET mailbox = ? WHERE mailbox = ?')
  const setGone = database.prepare('UPDATE mailbox SET gone_at = ? WHERE id = ?')

  return (from, to) => {
    const [before, after] = [find.get(from), find.get(to)]
    if (before === undefined || after === undefined) throw new Error(`there is no mailbox ${from} or ${to}`)
    // Done before: nothing is left under the former name.
    if (before.gone_at !== null && placements.get(from) === 0) return
    if (placements.get(to) !== 0) throw new Error(`mailbox ${to} holds messages: it is no new name of another`)
    dropFailures.run(to)
    putAside.run(to)
    moveEpochs.run(to, from)
    leaveBehind.run(from, to)
    const at = state.now()
    setGone.run(at, from)
    setGone.run(null, to)
    writeChange({
      kind: 'mailbox-renamed',
      mailbox: to,
      at,
      // Two names on the wire may be one path.
      before: JSON.stringify({ path: before.path, mailbox: from }),
      after: JSON.stringify({ path: after.path }),
    })
  }
}
