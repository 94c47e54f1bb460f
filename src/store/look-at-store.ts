import { statSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import type { RememberedServer, StoreLook } from '../doctor/ports.ts'
import { textToProbed } from '../model/server-quirks.ts'
import { canonicalStorePath } from './file-safety.ts'
import { countContents } from './index-state.ts'
import { indexPathOf, openReadOnly } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'
import type { StoreReaderOptions } from './sqlite-store-reader.ts'

/** Throws where the library cannot be loaded. */
export function describeSqlite(): { readonly version: string; readonly hasFullText: boolean } {
  const database = new Sqlite(':memory:')
  try {
    const version = database.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? 'of no version'
    const options = database.prepare<[], string>('PRAGMA compile_options').pluck().all()
    return { version, hasFullText: options.includes('ENABLE_FTS5') }
  } finally {
    database.close()
  }
}

/** Once so much time has gone, what is left is left out; of a table with more octets than that none is begun. */
const budgetMs = 3000
const mostOctets = 2 ** 28
const maxComplaints = 20
/** The smallest first. */
const tables = [
  'account',
  'run',
  'account_run',
  'mailbox',
  'epoch',
  'failure',
  'received',
  'outbox',
  'restored',
  'pruning',
  'returned',
  'placement',
  'change',
  'content',
  'content_part',
]

/** A quick look, beside whoever writes it. Throws as opening for reading does, and DAMAGED. */
export function lookAtStore(options: StoreReaderOptions, elapsedMs: () => number): StoreLook {
  const database = openReadOnly(options.path, options)
  try {
    const path = canonicalStorePath(options.path)
    return {
      schemaVersion: Number(database.pragma('user_version', { simple: true })),
      octets: [path, indexPathOf(path)].reduce((sum, file) => sum + sizeOf(file), 0),
      messages: countContents(database),
      newestMs: newestInstant(database),
      ...quickCheck(database, sizeOf(path), elapsedMs),
    }
  } catch (error) {
    throw toStoreError(error, `read the store ${options.path}`)
  } finally {
    database.close()
  }
}

function quickCheck(
  database: Database,
  octets: number,
  elapsedMs: () => number,
): Pick<StoreLook, 'complaints' | 'unchecked'> {
  const beganMs = elapsedMs()
  const complaints: string[] = []
  const unchecked: string[] = []
  for (const table of tables) {
    const isLarge = octets > mostOctets && (table === 'content' || table === 'content_part')
    if (isLarge || elapsedMs() - beganMs > budgetMs) {
      unchecked.push(table)
      continue
    }
    const found = database.prepare<[], string>(`PRAGMA quick_check('${table}')`).pluck().all()
    complaints.push(...found.filter((line) => line !== 'ok'))
  }
  return { complaints: complaints.slice(0, maxComplaints), unchecked }
}

function newestInstant(database: Database): number {
  const newest = database
    .prepare<[], number | null>(
      `SELECT max(at) FROM (
         SELECT at FROM (SELECT at FROM change ORDER BY seq DESC LIMIT 1)
         UNION ALL SELECT coalesce(ended_at, started_at) FROM (SELECT started_at, ended_at FROM run ORDER BY id DESC LIMIT 1))`,
    )
    .pluck()
    .get()
  return newest ?? 0
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const dayHours = 24

/** What the store remembers of an account's server; nothing of an account that it does not know. */
export function rememberedServer(options: StoreReaderOptions, account: string, nowMs: number): RememberedServer {
  const database = openReadOnly(options.path, options)
  try {
    const row = database
      .prepare<[string], { id: number; quirks: string | null; connections: number | null; at: number | null }>(
        'SELECT id, quirks, connections, connections_at AS at FROM account WHERE name = ?',
      )
      .get(account)
    if (row === undefined) return { probed: undefined, connections: undefined, receivedOctets: 0 }
    const received = database
      .prepare<[number, number], number | null>('SELECT sum(octets) FROM received WHERE account = ? AND hour >= ?')
      .pluck()
      .get(row.id, Math.floor(nowMs / 3_600_000) - dayHours)
    const isFresh = row.at !== null && nowMs - row.at < 7 * dayHours * 3_600_000
    return {
      probed: textToProbed(row.quirks),
      connections: isFresh ? (row.connections ?? undefined) : undefined,
      receivedOctets: received ?? 0,
    }
  } catch (error) {
    throw toStoreError(error, `read the store ${options.path}`)
  } finally {
    database.close()
  }
}
