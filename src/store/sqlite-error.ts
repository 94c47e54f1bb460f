import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'

const codes: readonly (readonly [prefix: string, code: ErrorCode, what: string, hint: string])[] = [
  ['SQLITE_FULL', 'STORE_FULL', 'the disk is full', 'free some space and run the command again: nothing is lost'],
  ['SQLITE_NOTADB', 'STORE_FOREIGN', 'the file is no SQLite database', 'name another path as `store` in the config'],
  ['SQLITE_CORRUPT', 'DAMAGED', 'the database is damaged', 'keep a copy of the file, then run `mailmirror verify`'],
  ['SQLITE_BUSY', 'STORE_LOCKED', 'another process holds the database', 'run the command again in a moment'],
  [
    'SQLITE_READONLY_ROLLBACK',
    'STORE_MISSING',
    'a sync was killed while it made the store',
    'run `mailmirror sync` once',
  ],
  ['SQLITE_READONLY', 'STORE_IO', 'the file or its directory cannot be written', 'check their owner and modes'],
  ['SQLITE_CANTOPEN', 'STORE_IO', 'the file cannot be opened', 'check that the directory exists and may be written'],
  [
    'SQLITE_IOERR_SHMSIZE',
    'STORE_FULL',
    'the disk is full',
    'free some space and run the command again: nothing is lost',
  ],
  ['SQLITE_IOERR', 'STORE_IO', 'the disk reported an error', 'check the disk before the next run'],
]

const errnoHints: Readonly<Record<string, string>> = {
  EACCES: 'check the owner and modes of the directory',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'free some space and run the command again: nothing is lost',
  ENOENT: 'check that the directory exists, and that its file system is mounted',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Translates what SQLite or the file system threw while `attempt` (as in "open the store PATH") was made. An error that
 *  is no storage trouble comes back as it is. `remedy` is the hint for a file that is damaged or none of ours. */
export function toStoreError(error: unknown, attempt: string, remedy?: string): unknown {
  if (error instanceof AppError) return error
  const code = codeOf(error)
  const known = codes.find(([prefix]) => code.startsWith(prefix))
  if (known !== undefined) {
    return new AppError({
      code: known[1],
      message: `could not ${attempt}: ${known[2]} (${code})`,
      hint: remedy !== undefined && (known[1] === 'DAMAGED' || known[1] === 'STORE_FOREIGN') ? remedy : known[3],
      cause: error,
    })
  }
  if (!/^E[A-Z]+$/.test(code)) return error
  return new AppError({
    code: code === 'ENOSPC' ? 'STORE_FULL' : 'STORE_IO',
    message: `could not ${attempt}: ${code}`,
    hint: errnoHints[code],
    cause: error,
  })
}
