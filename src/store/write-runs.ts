import type { Database } from 'better-sqlite3'
import type { AccountRunRecord } from '../sync/ports.ts'
import type { WriterState } from './write-changes.ts'
import { accountIds } from './write-mailboxes.ts'

export interface RunWriter {
  begin(accounts: readonly string[]): number
  end(outcome: string, accounts: readonly AccountRunRecord[]): void
  describeServer(account: string, capabilities: readonly string[], id: string | undefined): void
}

function runStatements(database: Database) {
  return {
    // Whoever begins a run holds the run lock: what has no outcome yet will never have one. Only the last can be so.
    markKilled: database.prepare(
      `UPDATE run SET outcome = 'killed' WHERE id = (SELECT max(id) FROM run) AND outcome IS NULL`,
    ),
    markAccountsKilled: database.prepare(
      `UPDATE account_run SET outcome = 'killed' WHERE run = (SELECT max(id) FROM run) AND outcome IS NULL`,
    ),
    start: database.prepare('INSERT INTO run (version, started_at) VALUES (?, ?)'),
    startAccount: database.prepare('INSERT INTO account_run (run, account, started_at) VALUES (?, ?, ?)'),
    finish: database.prepare('UPDATE run SET ended_at = ?, outcome = ? WHERE id = ?'),
    finishAccount: database.prepare(
      `INSERT INTO account_run (run, account, started_at, ended_at, outcome, counts, received_octets, sent_octets,
         round_trips, micros_by_state, blame_by_state, error)
       VALUES (@run, @account, @now, @now, @outcome, @counts, @receivedOctets, @sentOctets, @roundTrips,
         @microsByState, @blameByState, @error)
       ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome, counts = excluded.counts,
         received_octets = excluded.received_octets, sent_octets = excluded.sent_octets,
         round_trips = excluded.round_trips, micros_by_state = excluded.micros_by_state,
         blame_by_state = excluded.blame_by_state, error = excluded.error`,
    ),
    noteTrouble: database.prepare(
      `UPDATE mailbox SET trouble = ? WHERE account = ? AND kind = 'imap' AND path = ? AND trouble IS NOT ?`,
    ),
    // A mailbox that was found unchanged is as fresh as one that had a pass.
    touch: database.prepare(
      `UPDATE epoch SET last_synced_at = ? WHERE state = 'current' AND last_synced_at IS NOT NULL
         AND mailbox IN (SELECT id FROM mailbox WHERE account = ? AND kind = 'imap' AND path = ?)`,
    ),
    describe: database.prepare(
      `UPDATE account SET capabilities = @capabilities, server_id = @serverId WHERE id = @id
       AND (capabilities, server_id) IS NOT (@capabilities, @serverId)`,
    ),
  }
}

/** One row per run, and per account in it. A run whose process died has the outcome `killed` and no end. */
export function runWriter(database: Database, state: WriterState, version: string): RunWriter {
  const accountId = accountIds(database, state)
  const statements = runStatements(database)

  return {
    begin: (accounts) => {
      statements.markAccountsKilled.run()
      statements.markKilled.run()
      const run = Number(statements.start.run(version, state.clock()).lastInsertRowid)
      for (const name of new Set(accounts)) statements.startAccount.run(run, accountId(name), state.clock())
      state.run = run
      return run
    },
    end: (outcome, accounts) => {
      const { run } = state
      if (run === undefined) throw new Error('no run has begun')
      statements.finish.run(state.clock(), outcome, run)
      for (const { mailboxes, ...account } of accounts) {
        const id = accountId(account.account)
        for (const { path, reason } of mailboxes) {
          statements.noteTrouble.run(reason ?? null, id, path, reason ?? null)
          if (reason === undefined) statements.touch.run(state.clock(), id, path)
        }
        statements.finishAccount.run({
          ...account,
          run,
          account: id,
          now: state.clock(),
          counts: JSON.stringify(account.counts),
          microsByState: JSON.stringify(account.microsByState),
          blameByState: JSON.stringify(account.blameByState),
          error: account.error ?? null,
        })
      }
    },
    describeServer: (account, capabilities, id) => {
      statements.describe.run({
        capabilities: JSON.stringify(capabilities),
        serverId: id ?? null,
        id: accountId(account),
      })
    },
  }
}
