import { setTimeout } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'
import { openBesideSync } from './open-database.ts'
import { toStoreError } from './sqlite-error.ts'
import { startWriter } from './writer-client.ts'
import type { WriterStart } from './writer-client.ts'

/** Another process may be making the store just now: that takes much less. */
const mostTries = 100
const betweenTriesMs = 100

/** A connection for short transactions beside a sync that may be running. A store that is not there yet, or is of an older version, is made
 *  or brought up to date first, under the run lock. Throws what `startWriter` throws. */
export async function openCurrent(options: WriterStart): Promise<Database> {
  for (let tries = 1; ; tries++) {
    try {
      return openBesideSync(options.path, options)
    } catch (error) {
      if (!isOneOf(error, 'STORE_MISSING', 'STORE_OUTDATED')) throw error
    }
    try {
      await make(options)
    } catch (error) {
      if (!isOneOf(error, 'STORE_LOCKED') || tries === mostTries) throw error
      await setTimeout(betweenTriesMs)
    }
  }
}

function isOneOf(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof AppError && codes.includes(error.code)
}

/** What else the options of a caller hold may be nothing that can be sent to a thread. */
async function make({ path, allowNetwork, version, threadUrl }: WriterStart): Promise<void> {
  await (await startWriter({ path, allowNetwork, version, ...(threadUrl === undefined ? {} : { threadUrl }) })).close()
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
