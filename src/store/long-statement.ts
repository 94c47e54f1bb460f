import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'

/** Runs one statement that may take long, outside of transactions. Throws what SQLite throws. */
export type LongStatement = (database: Database, sql: string) => Promise<void>

/** In this thread, which hears nothing meanwhile. */
export const executeHere: LongStatement = (database, sql) => {
  database.exec(sql)
  return Promise.resolve()
}

/** What ends a process with a whole number of statements done: of one that was killed SQLite takes nothing. */
const interruptions: readonly (string | null)[] = ['SIGINT', 'SIGTERM']

/** In a process of its own, since nothing else ends a statement of SQLite at once: a thread that is in one is waited for even by
 *  process.exit. When the signal fires the process is killed, the file is as it was before, and the signal's reason is thrown. */
export function executeElsewhere(program: URL, signal: AbortSignal): LongStatement {
  return async ({ name }, sql) => {
    signal.throwIfAborted()
    const child = spawn(process.execPath, [fileURLToPath(program), name, sql], { stdio: ['pipe', 'ignore', 'pipe'] })
    // It ends when nobody holds the other end of its input any more.
    child.stdin.on('error', () => undefined)
    const kill = (): void => void child.kill('SIGKILL')
    signal.addEventListener('abort', kill)
    try {
      const [said] = await Promise.all([text(child.stderr), once(child, 'close')])
      signal.throwIfAborted()
      if (child.exitCode === 0) return
      if (interruptions.includes(child.signalCode)) throw new AppError({ code: 'INTERRUPTED', message: 'interrupted' })
      if (child.signalCode !== null) throw killed(sql, child.signalCode)
      throw failureOf(said) ?? new Error(`${sql} ended with ${child.exitCode}: ${said}`)
    } finally {
      signal.removeEventListener('abort', kill)
      kill()
    }
  }
}

function killed(sql: string, signal: string): AppError {
  return new AppError({
    code: 'STORE_IO',
    message: `could not finish ${sql}: the process that was at it was ended by ${signal}`,
    hint: 'the file is as it was before; was there too little memory? try again',
  })
}

/** What `serveLongStatement` writes. */
function failureOf(said: string): Error | undefined {
  const [, code, message] = /^(SQLITE_\w+) (.*)/s.exec(said) ?? []
  return code === undefined ? undefined : new Sqlite.SqliteError(message?.trim() ?? '', code)
}
