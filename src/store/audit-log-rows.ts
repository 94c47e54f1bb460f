import type { Database } from 'better-sqlite3'
import { changeKinds } from '../model/change.ts'

/** Rows that are named one by one. */
const maxNamed = 20

interface WrongRow {
  readonly seq: number
  readonly isKnown: number
  readonly isReadable: number
  readonly hasMailbox: number
}

/** Whoever looks for the place of an instant in the log halves it: the instants of its rows must not go back. */
const wrongRows = `
  SELECT seq, isKnown, isReadable, hasMailbox FROM (
    SELECT seq, kind IN (SELECT value FROM json_each(@kinds)) AS isKnown,
      coalesce(json_valid(before), 1) AND coalesce(json_valid(after), 1) AS isReadable,
      mailbox IN (SELECT id FROM mailbox) AS hasMailbox,
      at < lag(at) OVER (ORDER BY seq) AS goesBack
    FROM change)
  WHERE NOT isKnown OR NOT isReadable OR NOT hasMailbox OR goesBack ORDER BY seq`

/** What is wrong with rows of the log, each by itself. */
export function* wrongLogRows(database: Database): Generator<string, undefined> {
  const rows = database.prepare<{ kinds: string }, WrongRow>(wrongRows).iterate({ kinds: JSON.stringify(changeKinds) })
  let count = 0
  for (const row of rows) if (++count <= maxNamed) yield `change ${row.seq} of the log ${problemOf(row)}`
  if (count > maxNamed) yield `${count - maxNamed} more changes of the log are wrong`
  return undefined
}

function problemOf({ isKnown, isReadable, hasMailbox }: WrongRow): string {
  if (isKnown === 0) return 'cannot be read: its kind is unknown'
  if (hasMailbox === 0) return 'is about a mailbox that there is not'
  return isReadable === 0 ? 'cannot be read: its JSON is damaged' : 'is dated before the one before it'
}
