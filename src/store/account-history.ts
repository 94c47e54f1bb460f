import type { Database } from 'better-sqlite3'
import { textToProbed } from '../model/server-quirks.ts'
import type { AccountHistory, HistoryNote } from '../sync/ports.ts'
import type { WriterState } from './write-changes.ts'
import { accountIds } from './write-mailboxes.ts'

const hourMs = 60 * 60_000
const windowMs = 24 * hourMs
/** After that the server is asked again whether it bears more connections by now. */
const rememberedMs = 7 * 24 * hourMs

export interface HistoryKeeper {
  read(account: string): AccountHistory
  note(account: string, note: HistoryNote): void
}

/** What accounts have received, by the hour, and how many connections their servers were seen to bear. */
export function historyKeeper(database: Database, state: WriterState): HistoryKeeper {
  const accountId = accountIds(database, state)
  const received = database.prepare<[number, number], { hour: number; octets: number }>(
    'SELECT hour, octets FROM received WHERE account = ? AND hour >= ? ORDER BY hour',
  )
  const add = database.prepare(
    `INSERT INTO received (account, hour, octets) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET octets = octets + excluded.octets`,
  )
  const forget = database.prepare('DELETE FROM received WHERE account = ? AND hour < ?')
  const limit = database.prepare<[number], { connections: number; at: number }>(
    'SELECT connections, connections_at AS at FROM account WHERE id = ? AND connections IS NOT NULL',
  )
  const probed = database.prepare<[number], string | null>('SELECT quirks FROM account WHERE id = ?').pluck()
  const setLimit = database.prepare('UPDATE account SET connections = ?, connections_at = ? WHERE id = ?')
  /** Of the hours that reach into the window. */
  const firstHour = (): number => Math.floor((state.clock() - windowMs) / hourMs)

  return {
    read: (account) => {
      const id = accountId(account)
      const known = limit.get(id)
      return {
        nowMs: state.clock(),
        received: received
          .all(id, firstHour())
          .map(({ hour, octets }) => ({ octets, untilMs: (hour + 1) * hourMs + windowMs })),
        connections: known !== undefined && state.clock() - known.at < rememberedMs ? known.connections : undefined,
        probed: textToProbed(probed.get(id)),
      }
    },
    note: (account, { receivedOctets, connections }) => {
      const id = accountId(account)
      if (receivedOctets !== undefined) {
        add.run(id, Math.floor(state.clock() / hourMs), receivedOctets)
        forget.run(id, firstHour())
      }
      if (connections !== undefined) setLimit.run(connections, state.clock(), id)
    },
  }
}
