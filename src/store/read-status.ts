import type { Database } from 'better-sqlite3'
import { selectsMailbox } from '../model/select.ts'
import type { Selector } from '../model/select.ts'
import type { AccountState, LastRun, MailboxState } from '../sync/status.ts'
import { toIso } from '../model/instant.ts'

interface StatusRow {
  readonly path: string
  readonly kind: string
  readonly gone_at: number | null
  /** The columns of the epoch are null where the mailbox has none. */
  readonly uid_validity: number | null
  readonly messages: number | null
  readonly present: number | null
  readonly last_synced_at: number | null
  readonly removed: number
  readonly failed: number
  readonly refused: number
  readonly building: number
  readonly trouble: string | null
}

interface RunRow {
  readonly outcome: string | null
  readonly started_at: number
  readonly ended_at: number | null
  readonly error: string | null
}

const lastRunOfAccount = `
  SELECT outcome, started_at, ended_at, error FROM account_run JOIN account ON account.id = account_run.account
  WHERE account.name = ? ORDER BY run DESC LIMIT 1`

const lastCompleteOfAccount = `
  SELECT ended_at FROM account_run JOIN account ON account.id = account_run.account
  WHERE account.name = ? AND outcome = 'complete' ORDER BY run DESC LIMIT 1`

/** One row per mailbox from counters alone; placements are not touched. A mailbox that was never selectable and one that
 *  is gone and held nothing have nothing to say. */
const statusOfAccount = `
  SELECT path, kind, gone_at, trouble, uid_validity, messages, present, last_synced_at,
    (SELECT coalesce(sum(removed), 0) FROM epoch WHERE mailbox = box.id) AS removed,
    (SELECT count(*) FROM failure WHERE epoch = shown.id AND substr(reason, 1, 8) <> 'refused:') AS failed,
    (SELECT count(*) FROM failure WHERE epoch = shown.id AND substr(reason, 1, 8) = 'refused:') AS refused,
    EXISTS (SELECT 1 FROM epoch WHERE mailbox = box.id AND state = 'building') AS building
  FROM account JOIN mailbox AS box ON box.account = account.id
  LEFT JOIN epoch AS shown ON shown.id = (
    SELECT id FROM epoch WHERE mailbox = box.id AND state <> 'retired' ORDER BY state = 'current' DESC, id DESC LIMIT 1
  )
  WHERE account.name = ? AND (
    (gone_at IS NULL AND (selectable OR shown.id IS NOT NULL))
    OR EXISTS (SELECT 1 FROM epoch WHERE mailbox = box.id AND present + removed > 0)
  )
  ORDER BY gone_at IS NOT NULL, path, wire_path`

export function statusReader(database: Database, store: string) {
  const rows = database.prepare<[string], StatusRow>(statusOfAccount)
  const lastRun = database.prepare<[string], RunRow>(lastRunOfAccount)
  const accountState = (name: string, selectors: readonly Selector[]): AccountState => ({
    name,
    store,
    mailboxes: rows
      .all(name)
      .filter((row) => selectsMailbox(selectors, name, row.path))
      .map(toMailboxState),
    lastRun: toLastRun(lastRun.get(name)),
  })
  const read = database.transaction((accounts: readonly string[], selectors: readonly Selector[]) =>
    accounts.map((name) => accountState(name, selectors)),
  )
  return (accounts: readonly string[], selectors: readonly Selector[]): readonly AccountState[] =>
    read(accounts, selectors)
}

/** See `StatusReader`. */
export function lastCompleteMs(database: Database, account: string): number | undefined {
  return database.prepare<[string], number | null>(lastCompleteOfAccount).pluck().get(account) ?? undefined
}

function toLastRun(row: RunRow | undefined): LastRun | undefined {
  if (row === undefined) return undefined
  return {
    outcome: row.outcome ?? undefined,
    startedAt: toIso(row.started_at),
    endedAt: row.ended_at === null ? undefined : toIso(row.ended_at),
    error: row.error ?? undefined,
  }
}

function toMailboxState(row: StatusRow): MailboxState {
  const { uid_validity: uidValidity, gone_at: goneAt, last_synced_at: lastSyncedAt } = row
  const reason = goneAt === null ? whyIncomplete(row) : undefined
  return {
    path: row.path,
    ...(row.kind === 'local' ? { isLocal: true } : {}),
    // 0 stands for a server that gives none.
    uidValidity: uidValidity === null || uidValidity === 0 ? undefined : uidValidity,
    messages: row.present ?? 0,
    removed: row.removed,
    failed: row.failed,
    refused: row.refused,
    // Of a mailbox that is gone the server lists nothing, so nothing can be missing.
    complete: reason === undefined,
    reason,
    lastSyncedAt: lastSyncedAt === null ? undefined : toIso(lastSyncedAt),
    goneAt: goneAt === null ? undefined : toIso(goneAt),
  }
}

function whyIncomplete(row: StatusRow): string | undefined {
  if (row.trouble !== null) return row.trouble
  if (row.kind === 'local')
    return row.present === row.messages ? undefined : 'an import into it was not finished: do it again'
  if (row.present === null) return 'it has not been synced yet'
  if (row.last_synced_at === null) return 'its first sync was not finished'
  if (row.building !== 0) return 'its UIDVALIDITY changed and what is there now has not been synced to the end'
  if (row.failed > 0) return `${row.failed} ${row.failed === 1 ? 'message' : 'messages'} could not be fetched`
  const expected = (row.messages ?? 0) - row.refused
  if (row.present === expected) return undefined
  return `the mirror holds ${row.present} messages where the last finished sync saw ${expected}`
}
