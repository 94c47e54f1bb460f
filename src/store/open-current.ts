import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { openBesideSync } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'
import { startWriter } from './writer-client.ts'
import type { WriterStart } from './writer-client.ts'

/** A connection for short transactions beside a sync that may be running. A store that is not there yet, or is of an older version, is made
 *  or brought up to date first, under the run lock. Throws what `startWriter` throws. */
export async function openCurrent(options: WriterStart): Promise<Database> {
  try {
    return openBesideSync(options.path, options)
  } catch (error) {
    const isToBeMade = error instanceof AppError && ['STORE_MISSING', 'STORE_OUTDATED'].includes(error.code)
    if (!isToBeMade) throw error
  }
  // What else the options of a caller hold may be nothing that can be sent to a thread.
  const { path, allowNetwork, version, threadUrl } = options
  await (await startWriter({ path, allowNetwork, version, ...(threadUrl === undefined ? {} : { threadUrl }) })).close()
  return openBesideSync(options.path, options)
}

/** Does something at once; storage trouble becomes a rejection that names the attempt, as in "write to the store PATH". */
export function guardedAs(attempt: string): <Value>(work: () => Value) => Promise<Value> {
  return (work) => {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(toStoreError(error, attempt))
    }
  }
}
