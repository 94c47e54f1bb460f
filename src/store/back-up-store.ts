import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import type { BackupOutcome, BackupRequest } from '../upkeep/backup-ports.ts'
import { emptyLogOf, lacksRoom, rewriteFile, usedOctets } from './compact-file.ts'
import { copyContents } from './copy-contents.ts'
import { checkCounts, copyTable, tablesOfSource } from './copy-rows.ts'
import { canonicalStorePath } from './file-safety.ts'
import { executeHere } from './long-statement.ts'
import type { LongStatement } from './long-statement.ts'
import { FlushedFile } from './flushed-file.ts'
import { indexPathOf, openFacts, openIndex, openReadOnly } from './open-database.ts'
import type { UpkeepOptions } from './open-for-upkeep.ts'
import { pruneIndex } from './prune-indexed.ts'
import { takeRunLock } from './run-lock.ts'
import { toStoreError } from './sqlite-error.ts'

type BackupOptions = BackupRequest & Omit<UpkeepOptions, 'path'>

/** Makes the snapshot what the store is now. It is a store of its own: the first time it is written under another name, which it loses
 *  when it is whole; later what differs is written in one transaction for each file. So whatever interrupts it, there is the
 *  snapshot from before. Reads one state of the store and blocks nobody. Throws what opening either throws, STORE_FOREIGN for the
 *  snapshot of another store, DAMAGED for a store that has lost messages, STORE_FULL. */
export async function backUpStore(options: BackupOptions): Promise<BackupOutcome> {
  try {
    openReadOnly(options.store, options).close()
    const store = canonicalStorePath(options.store)
    const snapshot = canonicalStorePath(options.snapshot)
    if (store === snapshot) throw sameFile(store)
    const lock = takeRunLock(snapshot, options, new Date(options.nowMs()).toISOString())
    try {
      return await copyBoth({ ...options, store, snapshot: canonicalStorePath(snapshot) })
    } finally {
      lock[Symbol.dispose]()
    }
  } catch (error) {
    throw toStoreError(error, `back up the store ${options.store}`)
  }
}

function sameFile(path: string): AppError {
  return new AppError({
    code: 'USAGE',
    message: `${path} is the store itself`,
    hint: 'name a folder for the snapshot, best on another disk',
  })
}

/** The state of the index is taken first: it may lag behind the facts, and never know more than they. */
async function copyBoth(options: BackupOptions): Promise<BackupOutcome> {
  await using index = await openTarget(indexPathOf(options.snapshot), indexPathOf(options.store), options)
  await using facts = await openTarget(options.snapshot, options.store, options)
  index.database?.prepare('SELECT content FROM source.watermark').get()
  if (facts.database === undefined) throw new Error(`there is no store ${options.store}`)
  const pauseAfter = (target: Target) => async (messages: number) => {
    await target.flushGrown()
    await options.pause(messages)
  }
  const copied = await copyFacts(facts.database, pauseAfter(facts))
  // A prune may have come between the two states.
  const pruned = facts.database.prepare<[], number>('SELECT id FROM content WHERE pruned IS NOT NULL').pluck().all()
  const outcome = { ...copied, isFirst: facts.isFirst }
  await facts.commit(copied.pruned > 0)
  await copyIndex(index, { ...options, pause: pauseAfter(index), pruned, messages: copied.newMessages })
  await index.commit(copied.pruned > 0)
  // Last of all there is a snapshot.
  index.giveName()
  facts.giveName()
  return outcome
}

async function copyFacts(database: Database, pause: BackupRequest['pause']): Promise<Omit<BackupOutcome, 'isFirst'>> {
  const number = (sql: string): number => database.prepare<[], number>(sql).pluck().get() ?? 0
  const fromSeq = number('SELECT max(seq) FROM main.change')
  refuseOtherStore(database, fromSeq)
  const { messages: newMessages, octets: newOctets, pruned } = await copyContents(database, pause)
  database.exec('INSERT INTO main.change SELECT * FROM source.change WHERE seq > (SELECT coalesce(max(seq), 0) FROM main.change)') // prettier-ignore
  const others = tablesOfSource(database, ['content', 'content_part', 'change'])
  for (const table of others) await copyTable(database, table, () => pause(newMessages))
  checkCounts(database, [...others, 'content', 'content_part', 'change'])
  // Whoever goes on with a snapshot cannot know what the store has sent since.
  database.exec(`UPDATE main.outbox SET state = 'unknown' WHERE state IN ('queued', 'sending')`)
  const toSeq = number('SELECT max(seq) FROM main.change')
  return {
    messages: number('SELECT count(*) FROM main.content WHERE pruned IS NULL'),
    octets: number('SELECT sum(octets) FROM main.content WHERE pruned IS NULL'),
    newMessages,
    newOctets,
    pruned,
    fromSeq,
    toSeq,
  }
}

/** What the snapshot's log ends with, the store's must have in the same place. */
function refuseOtherStore(database: Database, lastSeq: number): void {
  if (lastSeq === 0) return
  const shared = database
    .prepare<[number, number], number>(
      `SELECT count(*) FROM (SELECT * FROM main.change WHERE seq IN (1, ?)
       INTERSECT SELECT * FROM source.change WHERE seq IN (1, ?))`,
    )
    .pluck()
    .get(lastSeq, lastSeq)
  if (shared === Math.min(lastSeq, 2)) return
  throw new AppError({
    code: 'STORE_FOREIGN',
    message: 'the snapshot is of another store, or the store is older than it',
    hint: 'name another folder; the snapshot was left as it is',
  })
}

interface IndexCopy {
  readonly pruned: readonly number[]
  /** That were copied. */
  readonly messages: number
}

async function copyIndex(
  { database }: Target,
  { pruned, messages, pause, execute = executeHere }: BackupOptions & IndexCopy,
): Promise<void> {
  if (database === undefined) return
  const tables = tablesOfSource(database)
  for (const table of tables) await copyTable(database, table, () => pause(messages))
  checkCounts(database, tables)
  const has = database.prepare<[number], number>('SELECT 1 FROM main.message WHERE id = ?').pluck()
  if (!pruned.some((id) => has.get(id) !== undefined)) return
  // Outside of our transaction: it makes its own.
  database.exec('COMMIT')
  database.unsafeMode(false)
  await pruneIndex(database, pruned, { pause: () => pause(messages), execute })
  database.exec('BEGIN')
}

/** One file of the snapshot, the store's attached as `source`, in a transaction. */
interface Target extends AsyncDisposable {
  /** undefined: the store has no such file. */
  readonly database: Database | undefined
  readonly isFirst: boolean
  /** Of a first one: keeps little of what was written in memory only. */
  flushGrown(): Promise<void>
  /** With `rewrites` the file is written anew, so that nothing is left of what was pruned. */
  commit(rewrites: boolean): Promise<void>
  /** A first one is a snapshot from then on. */
  giveName(): void
}

const noTarget: Target = {
  database: undefined,
  isFirst: false,
  flushGrown: () => Promise.resolve(),
  commit: () => Promise.resolve(),
  giveName: () => undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

async function openTarget(path: string, source: string, rules: BackupOptions): Promise<Target> {
  if (!existsSync(source)) return noTarget
  const isFirst = !existsSync(path)
  const written = isFirst ? `${path}.partial` : path
  if (isFirst) removeFile(written)
  const open = source === rules.store ? openFacts : openIndex
  const database = open(written, rules)
  try {
    prepareTarget(database, source, isFirst)
  } catch (error) {
    database.close()
    throw error
  }
  const file = isFirst ? await FlushedFile.open(written) : undefined
  return {
    database,
    isFirst,
    flushGrown: async () => file?.flushGrown(),
    commit: async (rewrites) => {
      endCopying(database)
      // Anew, by which a first one gets its log.
      await finish(open(written, rules), { path, rewrites, execute: rules.execute ?? executeHere })
      await file?.flush()
    },
    giveName: () => {
      if (isFirst) giveName(written, path)
    },
    [Symbol.asyncDispose]: async () => {
      database.close()
      await file?.[Symbol.asyncDispose]()
      if (isFirst) removeFile(written)
    },
  }
}

function prepareTarget(database: Database, source: string, isFirst: boolean): void {
  database.pragma('foreign_keys = OFF')
  database.pragma('secure_delete = ON')
  // The tables of FTS5 are copied as they are; and without it there is no journal_mode = OFF.
  database.unsafeMode(true)
  // Nobody needs what is not whole; it is flushed before it gets its name.
  if (isFirst) for (const pragma of ['journal_mode = OFF', 'synchronous = OFF']) database.pragma(pragma)
  database.prepare('ATTACH ? AS source').run(source)
  // Not IMMEDIATE, which would keep others from writing the store as well.
  database.exec('BEGIN')
}

function endCopying(database: Database): void {
  database.exec('COMMIT')
  database.unsafeMode(false)
  database.exec('DETACH source')
  database.close()
}

interface Finishing {
  readonly path: string
  readonly rewrites: boolean
  readonly execute: LongStatement
}

async function finish(database: Database, { path, rewrites, execute }: Finishing): Promise<void> {
  try {
    if (rewrites && emptyLogOf(database) && lacksRoom(path, usedOctets(database)) === undefined)
      await rewriteFile(database, execute)
    emptyLogOf(database)
  } finally {
    database.close()
  }
}

function giveName(written: string, path: string): void {
  renameSync(written, path)
  const file = openSync(dirname(path), 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function removeFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
}
