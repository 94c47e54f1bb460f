import type { Database } from 'better-sqlite3'
import { changeKinds } from '../model/change.ts'
import type { Change, ChangeKind, LogPosition } from '../model/change.ts'
import { toIso } from '../model/instant.ts'
import { damagedRow, parseJson } from './stored-values.ts'

interface ChangeRow {
  readonly seq: number
  readonly at: number
  readonly account: string | null
  readonly path: string | null
  readonly uid_validity: number | null
  readonly uid: number | null
  readonly kind: string
  readonly before: string | null
  readonly after: string | null
}

const changesBetween = `
  SELECT seq, at, account.name AS account, mailbox.path, epoch.uid_validity, change.uid, change.kind, before, after
  FROM change LEFT JOIN mailbox ON mailbox.id = change.mailbox LEFT JOIN account ON account.id = mailbox.account
    LEFT JOIN epoch ON epoch.id = change.epoch
  WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`

/** So many rows are read at a time. */
const pageRows = 500

/** The log in commit order, as long as it was when the first row was read. Its rows never change, so that pages of it are
 *  one state of the store. One statement would be that too, but whoever takes its rows slowly would keep the writer's
 *  write-ahead log from being emptied meanwhile, and the connection from all else. */
export function* readChanges(database: Database, since: LogPosition): Generator<Change, undefined> {
  const page = database.prepare<[number, number, number], ChangeRow>(changesBetween)
  const last = lastSeq(database)
  let next = 'afterSeq' in since ? since.afterSeq + 1 : firstSeqFrom(database, since.fromMs)
  while (next <= last) {
    const rows = page.all(next, last, pageRows)
    for (const row of rows) yield toChange(row)
    next = (rows.at(-1)?.seq ?? last) + 1
  }
  return undefined
}

export function lastSeq(database: Database): number {
  return database.prepare<[], number>('SELECT coalesce(max(seq), 0) FROM change').pluck().get() ?? 0
}

/** The first seq at or after an instant. Instants never decrease along the log and its numbers have no gaps, so that
 *  halving finds it without an index; rows are never changed, so that what it finds stays right. */
export function firstSeqFrom(database: Database, fromMs: number): number {
  const instant = database
    .prepare<[number], number>('SELECT at FROM change WHERE seq >= ? ORDER BY seq LIMIT 1')
    .pluck()
  let low = 1
  let high = lastSeq(database) + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((instant.get(middle) ?? Infinity) >= fromMs) high = middle
    else low = middle + 1
  }
  return low
}

const kinds: ReadonlySet<string> = new Set(changeKinds)

function isChangeKind(kind: string): kind is ChangeKind {
  return kinds.has(kind)
}

function toChange(row: ChangeRow): Change {
  if (!isChangeKind(row.kind)) throw damagedRow(`read change ${row.seq} of the log: its kind is unknown`)
  return {
    seq: row.seq,
    at: toIso(row.at),
    account: row.account ?? '',
    mailbox: row.path ?? '',
    uidValidity: toUidValidity(row.uid_validity),
    uid: row.uid ?? undefined,
    kind: row.kind,
    before: parseJson(row.before),
    after: parseJson(row.after),
  }
}

/** 0 stands for a server that gives none; below zero is an epoch that a renaming has left behind (see mailboxRenamer). */
function toUidValidity(stored: number | null): number | undefined {
  if (stored === null || stored === 0) return undefined
  return stored < 0 ? -1 - stored : stored
}
