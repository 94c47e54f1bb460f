import type { Database } from 'better-sqlite3'
import type { HookReader, HookStore } from '../hooks/ports.ts'
import { AppError } from '../model/errors.ts'
import { hooksSchema } from './facts-schema.ts'
import { canonicalStorePath, isDanglingLink } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { hookRows } from './hook-rows.ts'
import { guardedAs, openCurrent } from './open-current.ts'
import { openReadOnly } from './open-database.ts'
import { OwnedLock } from './owned-lock.ts'
import { hookWriter } from './write-hooks.ts'
import type { WriterStart } from './writer-client.ts'

export interface HookStoreOptions extends WriterStart {
  readonly clock: () => number
}

/** Opens what a store knows of hooks. One that is not there yet, or is of an older version, is made or brought up to date first. Throws what
 *  `startWriter` throws. */
export async function openHookStore(options: HookStoreOptions): Promise<HookStore> {
  const database = await openCurrent(options)
  const rows = hookRows(database)
  const writer = hookWriter(database)
  const reading = guardedAs(`read the store ${options.path}`)
  const guarded = guardedAs(`write to the store ${options.path}`)
  const write = <Value>(work: () => Value): Promise<Value> => guarded(() => database.transaction(work).immediate())
  return {
    ...readingOf(database, options.path),
    state: (name) => reading(() => rows.state(name)),
    register: (names, atMs) => write(() => writer.register(names, atMs)),
    changesAfter: (seq, limit) => reading(() => database.transaction(() => rows.changesAfter(seq, limit))()),
    seqBefore: (fromMs) => reading(() => rows.seqBefore(fromMs)),
    advance: (name, move) => write(() => writer.advance(name, move)),
    note: (name, place, health) => write(() => writer.note(name, place, health)),
    bury: (name, place, letter) => write(() => writer.bury(name, place, letter)),
    settleLetter: (name, seq, fate) => write(() => writer.settleLetter(name, seq, fate)),
    wake: (name, withLetters, atMs) => write(() => writer.wake(name, withLetters, atMs)),
    rewind: (name, to, atMs) => write(() => writer.rewind(name, to, atMs)),
    dropLetters: (name) => write(() => writer.dropLetters(name)),
    forget: (name) => write(() => writer.forget(name)),
    lock: () => guarded(() => takeHooksLock(options)),
  }
}

/** Opens it for reading. There are no hooks in a store that is not there, or of a version that had none; neither is written to. Throws
 *  STORE_MISSING for a link that leads nowhere, and what else `openReadOnly` throws. */
export function openHookReader({ path, allowNetwork }: FileRules & { readonly path: string }): HookReader {
  try {
    return readingOf(openReadOnly(path, { allowNetwork }, hooksSchema), path)
  } catch (error) {
    const isWithout = error instanceof AppError && ['STORE_MISSING', 'STORE_OUTDATED'].includes(error.code)
    if (!isWithout || isDanglingLink(path)) throw error
    return {
      states: () => Promise.resolve([]),
      deadLetters: () => Promise.resolve([]),
      lastSeq: () => Promise.resolve(0),
      [Symbol.dispose]: () => undefined,
    }
  }
}

function readingOf(database: Database, path: string): HookReader {
  const rows = hookRows(database)
  const guarded = guardedAs(`read the store ${path}`)
  return {
    states: () => guarded(() => rows.states()),
    deadLetters: () => guarded(() => rows.deadLetters()),
    lastSeq: () => guarded(() => rows.lastSeq()),
    [Symbol.dispose]: () => void database.close(),
  }
}

function takeHooksLock(options: HookStoreOptions): Disposable | undefined {
  const path = `${canonicalStorePath(options.path)}.hooks-lock`
  const taken = OwnedLock.take(path, options, new Date(options.clock()).toISOString())
  return taken instanceof OwnedLock ? taken : undefined
}
