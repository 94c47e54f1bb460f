import type { Database } from 'better-sqlite3'
import type { AuditStep } from '../sync/audit.ts'
import type { AuditedEpoch } from './audit-store.ts'

/** Placements in which the log and the tables disagree that are named one by one. */
const maxNamed = 20

/** What the log says last of each placement: a row's number, 0 for none. One pass, sorted by SQLite on disk. */
const lastRows = `
  DROP TABLE IF EXISTS temp.logged;
  CREATE TEMP TABLE logged AS
  SELECT epoch, uid, max(CASE kind WHEN 'message-added' THEN seq ELSE 0 END) AS added,
    max(CASE kind WHEN 'message-removed' THEN seq ELSE 0 END) AS removed,
    max(CASE WHEN kind IN ('message-added', 'flags-changed') THEN seq ELSE 0 END) AS told
  FROM change WHERE uid IS NOT NULL GROUP BY epoch, uid;
  CREATE UNIQUE INDEX temp.logged_place ON logged (epoch, uid);`

/** An epoch that replaces another removes what that one held (see changeWriter). Epochs of a mailbox stay together. */
const endOfEpoch = `
  SELECT coalesce(max(seq), 0) FROM change JOIN epoch AS next ON next.id = change.epoch
    JOIN epoch AS former ON former.mailbox = next.mailbox
      AND former.uid_validity = json_extract(change.before, '$.uidValidity')
  WHERE kind = 'epoch-started' AND former.id = ?`

/** As `flagsJson` writes them. */
const flags = `'"flags":' || flags || ',"keywords":' || keywords || coalesce(',"labels":' || labels, '')`

/** UIDs of which the log and the tables say different things. */
const differingPlacements = `
  SELECT placement.uid FROM placement
    LEFT JOIN temp.logged ON logged.epoch = placement.epoch AND logged.uid = placement.uid
    LEFT JOIN change AS addition ON addition.seq = added LEFT JOIN change AS telling ON telling.seq = told
  WHERE placement.epoch = @epoch AND removed_at IS NULL AND NOT coalesce(
    added > logged.removed AND added > @ended
    AND instr(addition.after, '{"message":' || content || ',') = 1
    AND telling.after IN ('{' || ${flags} || '}', '{"message":' || content || ',' || ${flags} || '}'), 0)
  UNION ALL
  SELECT logged.uid FROM temp.logged
    LEFT JOIN placement ON placement.epoch = logged.epoch AND placement.uid = logged.uid AND removed_at IS NULL
  WHERE logged.epoch = @epoch AND added > logged.removed AND added > @ended AND placement.uid IS NULL
  ORDER BY 1`

/** The log has no gaps, and replayed from its beginning it gives exactly what the tables hold as present. All of it is one
 *  state of the store. */
export function* auditLog(database: Database, epochs: readonly AuditedEpoch[]): Generator<AuditStep> {
  database.exec('BEGIN')
  try {
    yield* auditSnapshot(database, epochs)
  } finally {
    database.exec('ROLLBACK')
  }
}

function* auditSnapshot(database: Database, epochs: readonly AuditedEpoch[]): Generator<AuditStep> {
  const log = database
    .prepare<[], { rows: number; last: number }>('SELECT count(*) AS rows, coalesce(max(seq), 0) AS last FROM change')
    .get()
  if (log !== undefined && log.rows !== log.last) {
    yield wrong(`the change log ends with number ${log.last} and has ${log.rows} rows`)
    return
  }
  database.exec(lastRows)
  const endOf = database.prepare<[number], number>(endOfEpoch).pluck()
  const differing = database.prepare<{ epoch: number; ended: number }, number>(differingPlacements).pluck()
  for (const { id, account, path } of epochs) {
    const uids = differing.all({ epoch: id, ended: endOf.get(id) ?? 0 })
    for (const uid of uids.slice(0, maxNamed)) {
      yield wrong(`the change log disagrees with what is held of ${account}/${path}, UID ${uid}`)
    }
    const more = uids.length - maxNamed
    if (more > 0) yield wrong(`the change log disagrees with ${more} more messages of ${account}/${path}`)
  }
}

function wrong(problem: string): AuditStep {
  return { kind: 'damage', damage: { kind: 'log', problem, message: undefined, sha256: undefined, places: [] } }
}
