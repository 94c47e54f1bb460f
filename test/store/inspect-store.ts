import { createHash } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { expect } from 'vitest'
import { decodeContent } from '../../src/store/content-decoding.ts'
import { openStoreReader } from '../../src/store/sqlite-store-reader.ts'
import type { EpochContents, MailboxContents, MirrorState, RecordedChange } from '../support/store-contents.ts'

interface EpochRow {
  readonly id: bigint
  readonly uid_validity: bigint
  readonly state: EpochContents['state']
  readonly uid_next: bigint | null
  readonly highest_modseq: bigint | null
  readonly messages: bigint | null
  readonly last_synced_at: bigint | null
}

interface PlacementRow {
  readonly uid: bigint
  readonly sha256: Buffer
  readonly octets: bigint
  readonly flags: string
  readonly keywords: string
  readonly labels: string | null
  readonly modseq: bigint | null
  readonly internal_date: bigint | null
  readonly removed_at: bigint | null
}

const numberOf = (value: bigint | null): number | undefined => (value === null ? undefined : Number(value))

/** Everything that a store holds, read past the store's own code. */
export function inspectStore(path: string): MirrorState {
  const database = new Sqlite(path, { readonly: true }).defaultSafeIntegers()
  try {
    const runs = database.prepare<[], { id: bigint; outcome: string | null }>('SELECT id, outcome FROM run ORDER BY id')
    const accountRuns = database.prepare<[bigint], { account: string; outcome: string | null }>(
      `SELECT name AS account, outcome FROM account_run JOIN account ON account.id = account_run.account
       WHERE run = ? ORDER BY account.id`,
    )
    return {
      mailboxes: readMailboxes(database),
      changes: readChanges(path),
      runs: runs.all().map(({ id, outcome }) => ({
        outcome: outcome ?? undefined,
        accounts: accountRuns.all(id).map((row) => ({ account: row.account, outcome: row.outcome ?? undefined })),
      })),
    }
  } finally {
    database.close()
  }
}

function readMailboxes(database: Sqlite.Database): readonly MailboxContents[] {
  const mailboxes = database.prepare<[], { id: bigint; account: string; path: string; gone_at: bigint | null }>(
    `SELECT mailbox.id, name AS account, path, gone_at FROM mailbox JOIN account ON account.id = mailbox.account
     ORDER BY name || '/' || path`,
  )
  const epochs = database.prepare<[bigint], EpochRow>('SELECT * FROM epoch WHERE mailbox = ? ORDER BY uid_validity')
  return mailboxes.all().map(({ id, account, path, gone_at: goneAt }) => ({
    account,
    path,
    gone: goneAt !== null,
    epochs: epochs.all(id).map((row) => readEpoch(database, row)),
  }))
}

function readEpoch(database: Sqlite.Database, row: EpochRow): EpochContents {
  const placements = database.prepare<[bigint], PlacementRow>(
    `SELECT placement.*, sha256, octets FROM placement JOIN content ON content.id = content
     WHERE epoch = ? ORDER BY uid`,
  )
  const failures = database.prepare<[bigint], { uid: bigint; reason: string }>(
    'SELECT uid, reason FROM failure WHERE epoch = ? ORDER BY uid',
  )
  return {
    uidValidity: row.uid_validity,
    state: row.state,
    cursor:
      row.last_synced_at === null
        ? undefined
        : {
            uidNext: numberOf(row.uid_next),
            highestModseq: row.highest_modseq ?? undefined,
            messages: Number(row.messages),
          },
    placements: placements.all(row.id).map((placement) => ({
      uid: Number(placement.uid),
      sha256: placement.sha256.toString('hex'),
      octets: Number(placement.octets),
      flags: textsOf(placement.flags),
      keywords: textsOf(placement.keywords),
      labels: placement.labels === null ? undefined : textsOf(placement.labels),
      modseq: placement.modseq ?? undefined,
      seconds: numberOf(placement.internal_date),
      removed: placement.removed_at !== null,
    })),
    failures: failures.all(row.id).map(({ uid, reason }) => ({
      uid: Number(uid),
      // The number of a message is the store's own.
      reason: reason.replace(/, kept as message \d+$/, ''),
    })),
  }
}

function textsOf(json: string): readonly string[] {
  const list: unknown = JSON.parse(json)
  return Array.isArray(list) ? list.map(String) : []
}

function readChanges(path: string): readonly RecordedChange[] {
  const reader = openStoreReader({ path, allowNetwork: false })
  const changes = Array.from(
    reader.changes({ afterSeq: 0 }),
    ({ kind, account, mailbox, uidValidity, uid }) => ({ kind, account, mailbox, uidValidity, uid }), // prettier-ignore
  )
  reader.close()
  return changes
}

/** What is true of every store at every time. */
export function expectSoundStore(path: string): void {
  const database = new Sqlite(path, { readonly: true })
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(database.pragma('foreign_key_check')).toEqual([])
    const wrongCounters = database.prepare(
      `SELECT id, present, removed FROM epoch
       WHERE present <> (SELECT count(*) FROM placement WHERE epoch = epoch.id AND removed_at IS NULL)
          OR removed <> (SELECT count(*) FROM placement WHERE epoch = epoch.id AND removed_at IS NOT NULL)`,
    )
    expect(wrongCounters.all()).toEqual([])
    const log = database.prepare<[], { first: number; last: number; rows: number }>(
      'SELECT coalesce(min(seq), 1) AS first, coalesce(max(seq), 0) AS last, count(*) AS rows FROM change',
    )
    const { first, last, rows } = log.get() ?? { first: 0, last: 0, rows: -1 }
    expect([first, last]).toEqual([1, rows])
    const goingBack = database.prepare(
      'SELECT later.seq FROM change later JOIN change earlier ON later.seq = earlier.seq + 1 WHERE later.at < earlier.at',
    )
    expect(goingBack.all()).toEqual([])
    expect(database.prepare('SELECT sha256 FROM content GROUP BY sha256 HAVING count(*) > 1').all()).toEqual([])
    expectSoundContents(database)
  } finally {
    database.close()
  }
}

function expectSoundContents(database: Sqlite.Database): void {
  const contents = database.prepare<[], { id: number; sha256: Buffer; octets: number; encoding: string; data: Buffer }>(
    'SELECT id, sha256, octets, encoding, data FROM content WHERE pruned IS NULL',
  )
  const parts = database
    .prepare<[number], Buffer>('SELECT data FROM content_part WHERE content = ? ORDER BY part')
    .pluck()
  for (const { id, sha256, octets, encoding, data } of contents.all()) {
    const decoded = decodeContent(encoding, Buffer.concat([data, ...parts.all(id)]), octets)
    expect(createHash('sha256').update(decoded).digest('hex')).toBe(sha256.toString('hex'))
  }
}
