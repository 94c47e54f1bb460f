import type { Database } from 'better-sqlite3'
import type { SqliteStoreReader } from '../../src/store/sqlite-store-reader.ts'

/** A placement, of which these are told apart. */
export interface RecordedPlacement {
  readonly content: number
  readonly removed_at: number | null
}

/** What a store holds at a moment, in plain values. */
export interface RecordedState {
  readonly placements: readonly RecordedPlacement[]
  readonly mailboxes: readonly unknown[]
}

interface PlacementRow {
  readonly account: string
  readonly path: string
  readonly validity: number
  readonly uid: number
  readonly content: number
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly seconds: number | null
  readonly offset: number | null
  readonly text: string | null
  readonly first_seen: number
  readonly removed_at: number | null
}

/** By SQL of its own on the live tables, past all code of the store. */
export function recordState(database: Database): RecordedState {
  const placements = database
    .prepare<[], PlacementRow>(
      `SELECT a.name AS account, b.path, iif(e.uid_validity < 0, -1 - e.uid_validity, e.uid_validity) AS validity, p.uid,
         p.content, p.flags, p.keywords, p.labels, p.internal_date AS seconds, p.internal_date_offset AS offset,
         p.internal_date_text AS text, p.first_seen, p.removed_at
       FROM placement p, epoch e, mailbox b, account a WHERE e.id = p.epoch AND b.id = e.mailbox AND a.id = b.account`,
    )
    .all()
    .map((row) => ({ ...row, flags: json(row.flags), keywords: json(row.keywords), labels: json(row.labels) }))
  const mailboxes = database
    .prepare(
      `SELECT a.name AS account, b.kind, b.path, b.gone_at,
         (SELECT count(*) FROM placement p, epoch e WHERE e.id = p.epoch AND e.mailbox = b.id AND removed_at IS NULL) AS present,
         (SELECT count(*) FROM placement p, epoch e WHERE e.id = p.epoch AND e.mailbox = b.id AND removed_at > 0) AS removed,
         (SELECT uid_validity FROM epoch e WHERE e.mailbox = b.id AND state = 'current') AS validity
       FROM mailbox b JOIN account a ON a.id = b.account`,
    )
    .all()
  return { placements: sorted(placements), mailboxes: sorted(mailboxes) }
}

/** The same by the store's readers, after they have gone back. */
export function readState(reader: SqliteStoreReader): RecordedState {
  const placements = Array.from(reader.replayedPlacements(), (one) => ({
    account: one.account,
    path: one.mailbox,
    validity: one.uidValidity,
    uid: one.uid,
    content: one.message,
    flags: one.flags,
    keywords: one.keywords,
    labels: one.labels.length === 0 ? [] : one.labels,
    seconds: one.internalDate?.seconds ?? null,
    offset: one.internalDate?.offsetMinutes ?? null,
    text: one.internalDate?.seconds === undefined ? (one.internalDate?.text ?? null) : null,
    first_seen: Date.parse(one.firstSeen),
    removed_at: one.removedAt === undefined ? null : Date.parse(one.removedAt),
  }))
  return { placements: sorted(placements), mailboxes: [] }
}

/** What `status` tells of mailboxes that hold something or are there. */
export function statusOf(reader: SqliteStoreReader): readonly unknown[] {
  const mailboxes = reader.status(['work'], []).flatMap((account) =>
    account.mailboxes.map(({ path, isLocal = false, uidValidity, messages, removed, goneAt }) => {
      return { path, isLocal, uidValidity, messages, removed, goneAt }
    }),
  )
  return sorted(mailboxes)
}

const json = (text: string | null): unknown => (text === null ? [] : JSON.parse(text))

function sorted<Row>(rows: readonly Row[]): readonly Row[] {
  return rows
    .map((row) => [JSON.stringify(row), row] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, row]) => row)
}
