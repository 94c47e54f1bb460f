import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { Outbox, OutboxReader } from '../send/outbox.ts'
import { outboxSchema } from './facts-schema.ts'
import { canonicalStorePath, isDanglingLink } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { guardedAs, openCurrent } from './open-current.ts'
import { openReadOnly } from './open-database.ts'
import { OwnedLock } from './owned-lock.ts'
import { missingEntry, outboxRows } from './read-outbox.ts'
import { outboxWriter } from './write-outbox.ts'
import type { WriterStart } from './writer-client.ts'

export interface OutboxOptions extends WriterStart {
  readonly clock: () => number
}

export interface OutboxReaderOptions extends FileRules {
  readonly path: string
}

/** Opens the outbox of a store. One that is not there yet, or is of an older version, is made or brought up to date first. Throws what
 *  `startWriter` throws. */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const database = await openCurrent(options)
  const rows = outboxRows(database)
  const writer = outboxWriter(database, rows)
  const guarded = guardedAs(`write to the store ${options.path}`)
  const write = <Value>(work: () => Value): Promise<Value> => guarded(() => database.transaction(work).immediate())
  return {
    ...readingOf(database, options.path),
    add: (message) => write(() => writer.add(message)),
    beginSending: (id, atMs) => write(() => writer.beginSending(id, atMs)),
    settle: (id, outcome, atMs) => write(() => writer.settle(id, outcome, atMs)),
    abandonSending: (atMs) => write(() => writer.abandonSending(atMs)),
    confirmSent: (id, atMs) => write(() => writer.confirmSent(id, atMs)),
    noteCopy: (id, copy, atMs) => write(() => writer.noteCopy(id, copy, atMs)),
    cancel: (id, atMs) => write(() => writer.cancel(id, atMs)),
    requeue: (id, atMs) => write(() => writer.requeue(id, atMs)),
    lockSending: () => guarded(() => takeSenderLock(options)),
  }
}

/** Opens the outbox of a store for reading. There are no entries in a store that is not there, or of a version that had no outbox; neither is
 *  written to. Throws STORE_MISSING for a link that leads nowhere, and what else `openReadOnly` throws. */
export function openOutboxReader({ path, allowNetwork }: OutboxReaderOptions): OutboxReader {
  try {
    return readingOf(openReadOnly(path, { allowNetwork }, outboxSchema), path)
  } catch (error) {
    const isWithout = error instanceof AppError && ['STORE_MISSING', 'STORE_OUTDATED'].includes(error.code)
    if (!isWithout || isDanglingLink(path)) throw error
    return emptyOutbox()
  }
}

function readingOf(database: Database, path: string): OutboxReader {
  const rows = outboxRows(database)
  const guarded = guardedAs(`read the store ${path}`)
  return {
    entries: (filter = {}) => guarded(() => rows.entries(filter)),
    octets: (id) => guarded(() => rows.octets(id)),
    [Symbol.dispose]: () => void database.close(),
  }
}

function emptyOutbox(): OutboxReader {
  return {
    entries: () => Promise.resolve([]),
    octets: (id) => Promise.reject(missingEntry(id)),
    [Symbol.dispose]: () => undefined,
  }
}

function takeSenderLock(options: OutboxOptions): Disposable | undefined {
  const path = `${canonicalStorePath(options.path)}.outbox-lock`
  const taken = OwnedLock.take(path, options, new Date(options.clock()).toISOString())
  return taken instanceof OwnedLock ? taken : undefined
}
