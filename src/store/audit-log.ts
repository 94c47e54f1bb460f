import type { Database } from 'better-sqlite3'
import type { AuditStep } from '../sync/audit.ts'
import type { AuditedEpoch } from './audit-store.ts'
import { wrongLogRows } from './audit-log-rows.ts'
import { replayMailboxes } from './replay-mailboxes.ts'
import type { ReplayedMailboxes } from './replay-mailboxes.ts'

/** Placements in which the log and the tables disagree that are named one by one. */
const maxNamed = 20

/** What the log says last of each placement: a row's number, 0 for none. One pass, sorted by SQLite on disk. */
const lastRows = `
  DROP TABLE IF EXISTS temp.logged;
  CREATE TEMP TABLE logged AS
  SELECT epoch, uid, max(CASE kind WHEN 'message-added' THEN seq ELSE 0 END) AS added,
    max(CASE kind WHEN 'message-removed' THEN seq ELSE 0 END) AS removed,
    max(CASE WHEN kind IN ('message-added', 'message-replaced') THEN seq ELSE 0 END) AS placed,
    max(CASE WHEN kind IN ('message-added', 'flags-changed') THEN seq ELSE 0 END) AS told
  FROM change WHERE uid IS NOT NULL GROUP BY epoch, uid;
  CREATE UNIQUE INDEX temp.logged_place ON logged (epoch, uid);`

/** As `flagsJson` writes them. */
const flags = `'"flags":' || flags || ',"keywords":' || keywords || coalesce(',"labels":' || labels, '') || '}'`

const number = `'{"message":' || content`

/** UIDs of which the log and the tables say different things: whether they are there, removed or not, with which octets and
 *  flags. Only what a prune has taken away may be in the log alone, and was removed before. */
const differingPlacements = `
  SELECT placement.uid FROM placement
    LEFT JOIN temp.logged ON logged.epoch = placement.epoch AND logged.uid = placement.uid
    LEFT JOIN change AS placing ON placing.seq = placed LEFT JOIN change AS telling ON telling.seq = told
  WHERE placement.epoch = @epoch AND NOT coalesce(added > 0
    AND (removed_at IS NULL) = (added > logged.removed AND added > @ended)
    AND (placing.after = ${number} || '}' OR instr(placing.after, ${number} || ',') = 1)
    AND substr(telling.after, -length(${flags})) = ${flags}, 0)
  UNION ALL
  SELECT logged.uid FROM temp.logged
    LEFT JOIN placement ON placement.epoch = logged.epoch AND placement.uid = logged.uid
  WHERE logged.epoch = @epoch AND added > logged.removed AND added > @ended AND placement.uid IS NULL
  ORDER BY 1`

export interface AuditedPlaces {
  readonly epochs: readonly AuditedEpoch[]
  readonly isChosen: (account: string, path: string) => boolean
}

/** The log has no gaps, and replayed from its beginning it gives exactly what the tables hold. All of it is one state of the
 *  store. */
export function* auditLog(database: Database, places: AuditedPlaces): Generator<AuditStep> {
  database.exec('BEGIN')
  try {
    yield* auditSnapshot(database, places)
  } finally {
    database.exec('ROLLBACK')
  }
}

function* auditSnapshot(database: Database, { epochs, isChosen }: AuditedPlaces): Generator<AuditStep> {
  const log = database
    .prepare<[], { rows: number; last: number }>('SELECT count(*) AS rows, coalesce(max(seq), 0) AS last FROM change')
    .get()
  if (log !== undefined && log.rows !== log.last) {
    yield wrong(`the change log ends with number ${log.last} and has ${log.rows} rows`)
    return
  }
  for (const problem of wrongLogRows(database)) yield wrong(problem)
  const replayed = replayMailboxes(database, log?.last ?? 0)
  for (const name of differingMailboxes(database, replayed, isChosen)) {
    yield wrong(`the change log disagrees with what is known of the mailbox ${name}`)
  }
  database.exec(lastRows)
  const lastEnds = new Map(replayed.ends.map(({ epoch, seq }) => [epoch, seq]))
  const differing = database.prepare<{ epoch: number; ended: number }, number>(differingPlacements).pluck()
  for (const { id, account, path } of epochs) {
    let count = 0
    for (const uid of differing.iterate({ epoch: id, ended: lastEnds.get(id) ?? 0 })) {
      if (++count <= maxNamed)
        yield wrong(`the change log disagrees with what is held of ${account}/${path}, UID ${uid}`)
    }
    const more = count - maxNamed
    if (more > 0) yield wrong(`the change log disagrees with ${more} more messages of ${account}/${path}`)
  }
}

interface EpochRow {
  readonly id: number
  readonly mailbox: number
  readonly isCurrent: number
  readonly holds: number
}

interface MailboxRow {
  readonly id: number
  readonly account: string
  readonly path: string
  readonly gone_at: number | null
}

/** Epochs that began with another uidValidity; below zero is one that a renaming has left behind. */
const otherValidities = `
  SELECT epoch.id FROM change JOIN epoch ON epoch.id = change.epoch
  WHERE change.kind = 'epoch-started' AND json_valid(after) AND json_extract(after, '$.uidValidity')
    <> CASE WHEN uid_validity < 0 THEN -1 - uid_validity ELSE uid_validity END`

/** Whether a mailbox is there or gone, which epochs are its own, and which of them is current. */
function* differingMailboxes(
  database: Database,
  { goneAt, epochs }: ReplayedMailboxes,
  isChosen: AuditedPlaces['isChosen'],
): Generator<string> {
  const own = Map.groupBy(
    database
      .prepare<[], EpochRow>(
        `SELECT id, mailbox, state = 'current' AS isCurrent, present + removed > 0 AS holds FROM epoch`,
      )
      .all(),
    ({ mailbox }) => mailbox,
  )
  const others = new Set(database.prepare<[], number>(otherValidities).pluck().all())
  const isAsLogged = ({ id, mailbox, isCurrent, holds }: EpochRow): boolean => {
    const logged = epochs.get(id)
    if (others.has(id)) return false
    // One that holds nothing yet has no row.
    if (logged === undefined) return isCurrent === 0 && holds === 0
    return logged.mailbox === mailbox && (logged.state === 'current') === (isCurrent !== 0)
  }
  const mailboxes = database.prepare<[], MailboxRow>(
    `SELECT mailbox.id, account.name AS account, path, gone_at
     FROM mailbox JOIN account ON account.id = mailbox.account ORDER BY account.name, path`,
  )
  for (const { id, account, path, gone_at: gone } of mailboxes.all()) {
    if (!isChosen(account, path)) continue
    const logged = goneAt.get(id)
    const isSame = logged !== undefined && (logged === null) === (gone === null)
    if (!isSame || !(own.get(id) ?? []).every(isAsLogged)) yield `${account}/${path}`
  }
}

function wrong(problem: string): AuditStep {
  return { kind: 'damage', damage: { kind: 'log', problem, message: undefined, sha256: undefined, places: [] } }
}
