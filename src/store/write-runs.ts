import type { Database } from 'better-sqlite3'
import type { AccountRunRecord } from '../sync/ports.ts'
import type { WriterState } from './write-changes.ts'
import { accountIds } from './write-mailboxes.ts'

export interface RunWriter {
  begin(accounts: readonly string[]): number
  end(outcome: string, accounts: readonly AccountRunRecord[]): void
  describeServer(account: string, capabilities: readonly string[], id: string | undefined): void
}

/** One row per run, and per account in it. */
export function runWriter(database: Database, state: WriterState & { readonly version: string }): RunWriter {
  const accountId = accountIds(database, state)
  const start = database.prepare('INSERT INTO run (version, started_at) VALUES (?, ?)')
  const startAccount = database.prepare('INSERT INTO account_run (run, account, started_at) VALUES (?, ?, ?)')
  const finish = database.prepare('UPDATE run SET ended_at = ?, outcome = ? WHERE id = ?')
  const finishAccount = database.prepare(
    `UPDATE account_run SET ended_at = ?, outcome = ?, counts = ?, received_octets = ?, sent_octets = ?, round_trips = ?,
       micros_by_state = ?, blame_by_state = ?, error = ? WHERE run = ? AND account = ?`,
  )
  const describe = database.prepare('UPDATE account SET capabilities = ?, server_id = ? WHERE id = ?')

  const begin = database.transaction((accounts: readonly string[]): number => {
    const run = Number(start.run(state.version, state.now()).lastInsertRowid)
    for (const name of accounts) startAccount.run(run, accountId(name), state.now())
    state.run = run
    return run
  })

  const end = database.transaction((outcome: string, accounts: readonly AccountRunRecord[]): void => {
    const run = state.run ?? 0
    finish.run(state.now(), outcome, run)
    for (const account of accounts) {
      finishAccount.run(
        state.now(), account.outcome, JSON.stringify(account.counts), account.receivedOctets, account.sentOctets,
        account.roundTrips, JSON.stringify(account.microsByState), JSON.stringify(account.blameByState),
        account.error ?? null, run, accountId(account.account),
      ) // prettier-ignore
    }
  })

  return {
    begin: (accounts) => begin.immediate(accounts),
    end: (outcome, accounts) => end.immediate(outcome, accounts),
    describeServer: (account, capabilities, id) => {
      describe.run(JSON.stringify(capabilities), id ?? null, accountId(account))
    },
  }
}
