import type { Database } from 'better-sqlite3'
import type { LogPosition, PastMoment } from '../model/change.ts'
import { toIso } from '../model/instant.ts'
import { firstSeqFrom, lastSeq } from './read-changes.ts'
import { replayMailboxes } from './replay-mailboxes.ts'
import type { EndOfEpoch, ReplayedMailboxes } from './replay-mailboxes.ts'
import { damagedRow } from './stored-values.ts'

interface ColumnRow {
  readonly name: string
  readonly type: string
}

/** Placements that something has happened to since then, and their last rows until then: numbers, 0 for none. `dated` is the
 *  first row since then that tells the date that a placement had. */
const touchedTables = `
  CREATE TEMP TABLE touched (epoch INTEGER, uid INTEGER, dated INTEGER, PRIMARY KEY (epoch, uid)) WITHOUT ROWID;
  CREATE TEMP TABLE ended (epoch INTEGER, seq INTEGER, at INTEGER, PRIMARY KEY (epoch, seq)) WITHOUT ROWID;`

const touchedByRows = `
  INSERT INTO temp.touched
  SELECT epoch, uid, min(CASE WHEN kind = 'message-added' AND json_extract(before, '$.internalDate') IS NOT NULL THEN seq END)
  FROM change WHERE seq > ? AND uid IS NOT NULL GROUP BY epoch, uid`

const touchedByEnds = `
  INSERT INTO temp.touched SELECT epoch, uid, NULL FROM main.placement
  WHERE epoch IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING`

/** The log is gone through once, in its order. */
const lastRows = `
  CREATE TEMP TABLE last_rows AS
  SELECT change.epoch, change.uid, dated,
    max(CASE kind WHEN 'message-added' THEN seq ELSE 0 END) AS added,
    max(CASE kind WHEN 'message-removed' THEN seq ELSE 0 END) AS removed,
    max(CASE WHEN kind IN ('message-added', 'message-replaced') THEN seq ELSE 0 END) AS placed,
    max(CASE WHEN kind IN ('message-added', 'flags-changed') THEN seq ELSE 0 END) AS told
  FROM change CROSS JOIN temp.touched ON touched.epoch = change.epoch AND touched.uid = change.uid
  WHERE seq <= @until AND change.uid IS NOT NULL GROUP BY change.epoch, change.uid`

const untouched = `
  INSERT INTO temp.placement SELECT * FROM main.placement AS live
  WHERE NOT EXISTS (SELECT 1 FROM temp.touched WHERE touched.epoch = live.epoch AND touched.uid = live.uid)`

/** The number of the first row that ended the epoch since a placement was there. */
const ending = '(SELECT min(seq) FROM temp.ended WHERE ended.epoch = last_rows.epoch AND ended.seq > added)'

const dateColumns = ['seconds', 'offset', 'text'].map((part) => {
  const column = { seconds: 'internal_date', offset: 'internal_date_offset', text: 'internal_date_text' }[part]
  return `CASE WHEN dated IS NULL THEN live.${column} ELSE json_extract(dating.before, '$.internalDate.${part}') END`
})

const replayed = `
  INSERT INTO temp.placement (epoch, uid, content, flags, keywords, labels, internal_date, internal_date_offset,
    internal_date_text, size, provider_id, thread_id, first_seen, removed_at)
  SELECT last_rows.epoch, last_rows.uid, json_extract(coalesce(placing.after, telling.after), '$.message'), json_extract(telling.after, '$.flags'),
    json_extract(telling.after, '$.keywords'), json_extract(telling.after, '$.labels'), ${dateColumns.join(', ')},
    live.size, live.provider_id, live.thread_id, coalesce(live.first_seen, placing.at, telling.at),
    CASE WHEN last_rows.removed > added THEN (SELECT at FROM change WHERE seq = last_rows.removed)
      ELSE (SELECT at FROM change WHERE seq = ${ending}) END
  FROM temp.last_rows JOIN change AS telling ON telling.seq = told
    LEFT JOIN change AS placing ON placing.seq = placed AND placed <> told
    LEFT JOIN change AS dating ON dating.seq = dated
    LEFT JOIN main.placement AS live ON live.epoch = last_rows.epoch AND live.uid = last_rows.uid
  WHERE added > 0`

/** Messages that nothing had held by then are no part of it. */
const pastContents = `
  CREATE INDEX temp.placement_content ON placement (content);
  CREATE TEMP VIEW content AS SELECT * FROM main.content
  WHERE EXISTS (SELECT 1 FROM temp.placement WHERE placement.content = main.content.id);`

const epochStates = `
  UPDATE temp.epoch SET uid_next = NULL, highest_modseq = NULL, last_synced_at = NULL,
    uid_validity = CASE WHEN uid_validity < 0 THEN -1 - uid_validity ELSE uid_validity END,
    present = coalesce((SELECT present FROM temp.held WHERE held.epoch = epoch.id), 0),
    removed = coalesce((SELECT removed FROM temp.held WHERE held.epoch = epoch.id), 0);
  UPDATE temp.epoch SET messages = present;
  UPDATE temp.mailbox SET trouble = NULL;`

/** What is held by each epoch. */
const held = `
  CREATE TEMP TABLE held AS SELECT epoch, count(*) FILTER (WHERE removed_at IS NULL) AS present,
    count(*) FILTER (WHERE removed_at IS NOT NULL) AS removed FROM temp.placement GROUP BY epoch;
  CREATE UNIQUE INDEX temp.held_epoch ON held (epoch);`

const iso = (instant: number | undefined): string | undefined => (instant === undefined ? undefined : toIso(instant))

/** Shadows the tables of this connection by temporary ones with what the log says they were, so that every statement which
 *  names them reads the past: SQLite looks among the temporary tables first. What nothing has happened to since is copied,
 *  the rest comes from the log. All of it is one state of the store, and stays so whatever is written meanwhile; it lies in
 *  a temporary file of SQLite's. A view of the live tables would need a transaction that lasts as long as the reading,
 *  which would keep the writer's write-ahead log from being emptied. */
export function goBack(database: Database, moment: LogPosition): PastMoment {
  database.exec('BEGIN')
  try {
    const last = lastSeq(database)
    const until = 'afterSeq' in moment ? Math.min(moment.afterSeq, last) : firstSeqFrom(database, moment.fromMs) - 1
    makeTables(database, until)
    const at = database.prepare<[number], number>('SELECT at FROM change WHERE seq = ?').pluck()
    const past = { seq: until, at: iso(at.get(until)), lastSeq: last, beganAt: iso(at.get(1)) }
    database.exec('COMMIT')
    return past
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw isMalformed(error) ? damagedRow('replay the change log: a row of it is damaged', error) : error
  }
}

/** As SQLite says it of a value that is to be JSON. */
function isMalformed(error: unknown): error is Error {
  return error instanceof Error && error.message === 'malformed JSON'
}

function makeTables(database: Database, until: number): void {
  const before = replayMailboxes(database, until)
  const ends = endsSince(database, until)
  shadow(database, 'placement', 'PRIMARY KEY (epoch, uid)')
  database.exec(touchedTables)
  database.prepare(touchedByRows).run(until)
  if (ends.length > 0) database.prepare(touchedByEnds).run(JSON.stringify(ends))
  noteEnds(database, before.ends)
  database.prepare(untouched).run()
  if (database.prepare('SELECT 1 FROM temp.touched LIMIT 1').get() !== undefined) {
    database.prepare(lastRows).run({ until })
    database.prepare(replayed).run()
    database.exec('DROP TABLE temp.last_rows')
  }
  database.exec(`DROP TABLE temp.touched; DROP TABLE temp.ended; ${pastContents} ${held}`)
  makeStructure(database, before)
}

/** Epochs that were ended since then. */
function endsSince(database: Database, until: number): readonly number[] {
  const any = database.prepare<[number], number>(
    `SELECT 1 FROM change WHERE seq > ? AND uid IS NULL AND kind = 'epoch-started' AND before IS NOT NULL LIMIT 1`,
  )
  if (any.get(until) === undefined) return []
  return replayMailboxes(database, lastSeq(database))
    .ends.filter(({ seq }) => seq > until)
    .map(({ epoch }) => epoch)
}

function noteEnds(database: Database, ends: readonly EndOfEpoch[]): void {
  const note = database.prepare('INSERT INTO temp.ended (epoch, seq, at) VALUES (?, ?, ?)')
  for (const { epoch, seq, at } of ends) note.run(epoch, seq, at)
}

function makeStructure(database: Database, { goneAt, epochs }: ReplayedMailboxes): void {
  shadow(database, 'mailbox', 'PRIMARY KEY (id)')
  shadow(database, 'epoch', 'PRIMARY KEY (id)')
  shadow(database, 'failure', 'PRIMARY KEY (epoch, uid)')
  const addMailbox = database.prepare('INSERT INTO temp.mailbox SELECT * FROM main.mailbox WHERE id = ?')
  const setGone = database.prepare('UPDATE temp.mailbox SET gone_at = ? WHERE id = ?')
  for (const [id, gone] of goneAt) {
    addMailbox.run(id)
    setGone.run(gone, id)
  }
  const addEpoch = database.prepare('INSERT INTO temp.epoch SELECT * FROM main.epoch WHERE id = ?')
  const setEpoch = database.prepare('UPDATE temp.epoch SET mailbox = ?, state = ? WHERE id = ?')
  for (const [id, { mailbox, state }] of epochs) {
    addEpoch.run(id)
    setEpoch.run(mailbox, state, id)
  }
  database.exec(`CREATE INDEX temp.epoch_mailbox ON epoch (mailbox); ${epochStates} DROP TABLE temp.held`)
}

/** An empty temporary table of the same name and columns. */
function shadow(database: Database, name: string, key: string): void {
  const columns = database
    .prepare<[string], ColumnRow>(`SELECT name, type FROM pragma_table_info(?, 'main') ORDER BY cid`)
    .all(name)
    .map((column) => `"${column.name.replaceAll('"', '""')}" ${/^[A-Z]+$/.test(column.type) ? column.type : ''}`)
  database.exec(`CREATE TEMP TABLE ${name} (${columns.join(', ')}, ${key}) WITHOUT ROWID`)
}
