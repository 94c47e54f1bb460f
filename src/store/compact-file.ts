import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { tmpdir } from 'node:os'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { formatMegabytes } from './format-megabytes.ts'
import type { LongStatement } from './long-statement.ts'

/** What a file needs besides: pages that are being written, and what others write meanwhile. */
const sparePart = 1.05

interface Need {
  readonly directory: string
  readonly octets: number
}

/** What of a file is in use: what writing it anew takes. */
export function usedOctets(database: Database): number {
  const number = (name: string): number => Number(database.pragma(name, { simple: true }))
  return (number('page_count') - number('freelist_count')) * number('page_size')
}

/** SQLite writes the new file among the temporary ones, then into the log beside the store. */
function needsOf(storePath: string, used: number): readonly Need[] {
  return [
    { directory: dirname(storePath), octets: Math.ceil(used * sparePart) },
    { directory: temporaryFolder(), octets: Math.ceil(used * sparePart) },
  ]
}

/** Where SQLite puts temporary files, as far as Node can tell. */
function temporaryFolder(): string {
  const folder = tmpdir()
  return folder === '/tmp' && existsSync('/var/tmp') ? '/var/tmp' : folder
}

/** Which disk has not got the room for writing files of so many octets anew, in words; undefined: all have. */
export function lacksRoom(storePath: string, used: number): string | undefined {
  const byDisk = Map.groupBy(needsOf(storePath, used), ({ directory }) => statSync(directory).dev)
  for (const [first, ...more] of byDisk.values()) {
    if (first === undefined) continue
    const { bavail, bsize } = statfsSync(first.directory)
    const needed = [first, ...more].reduce((sum, { octets }) => sum + octets, 0)
    if (bavail * bsize < needed)
      return `the disk of ${first.directory} has ${formatMegabytes(bavail * bsize)} free, and ${formatMegabytes(needed)} are needed`
  }
  return undefined
}

/** Throws STORE_FULL before anything is done. */
export function requireRoom(storePath: string, used: number, attempt: string): void {
  const lack = lacksRoom(storePath, used)
  if (lack === undefined) return
  throw new AppError({
    code: 'STORE_FULL',
    message: `could not ${attempt}: ${lack}`,
    hint: 'free some space, or set TMPDIR to a folder with room; nothing was changed',
  })
}

/** Writes a file anew, without the pages that nobody uses. One transaction: whatever kills it, the file is as it was or done. */
export async function rewriteFile(database: Database, execute: LongStatement): Promise<void> {
  await execute(database, 'VACUUM')
}

/** Brings the log into the file and empties it; false: somebody reads the state before, and has not ended in time. */
export function emptyLogOf(database: Database, waitMs = 5000): boolean {
  database.pragma(`busy_timeout = ${waitMs}`)
  const [row] = database.prepare<[], { readonly busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)').all()
  return row?.busy === 0
}

export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
