import Sqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { factsMigrations } from './facts-schema.ts'
import { canonicalStorePath, checkStoreFile, prepareStoreFile } from './file-safety.ts'
import type { FileRules } from './file-safety.ts'
import { profileMigrations } from './profile-schema.ts'
import { indexMigrations } from './index-schema.ts'
import { toStoreError } from './sqlite-error.ts'

/** A kind of file of a store: its mark in SQLite's header, its migrations, and how durable a commit is. */
interface FileKind {
  readonly name: string
  readonly applicationId: number
  readonly migrations: readonly string[]
  readonly synchronous: 'FULL' | 'NORMAL'
  readonly pageOctets: number
}

const facts: FileKind = {
  name: 'store',
  applicationId: 0x4d4d6661,
  migrations: factsMigrations,
  synchronous: 'FULL',
  // Measured with 1.3 GB of mail: 32 KB cost a sixth less CPU than 16 KB, and 64 KB no less than 32.
  pageOctets: 2 ** 15,
}
const index: FileKind = {
  name: 'index',
  applicationId: 0x4d4d6964,
  migrations: indexMigrations,
  synchronous: 'NORMAL',
  // Measured with 100,000 small messages: as fast as 32 KB, a tenth smaller, and a search reads less.
  pageOctets: 2 ** 13,
}

const profile: FileKind = {
  name: 'profiles',
  applicationId: 0x4d4d7072,
  migrations: profileMigrations,
  synchronous: 'NORMAL',
  pageOctets: 2 ** 12,
}

/** How long a short transaction of another process is waited for, in milliseconds. */
export const busyTimeoutMs = 5000

/** The same, of those who write only a few rows beside a sync. */
const besideSyncTimeoutMs = 10_000

/** Of the write-ahead log, when it is written back. */
const checkpointOctets = 2 ** 24

/** To how many octets a write-ahead log is cut back that a reader has made grow; usually it has 16 MB. */
const logOctets = 2 ** 26

/** Most pages of a transaction must fit into the cache, or they are written twice. 2 MB instead make a cold mirror of 100,000
 *  small messages a tenth slower; twice as much makes the process 30 MB larger. */
const cacheKib = 8000

/** What is to be done about an index file that is of no use. */
export const remakeIndex = 'move this file away, then run `mailmirror reindex`: it is made anew from the store'

/** Path of the file of derived data that belongs to a file of facts: `mail.db`, `mail.index.db`. Beside the file itself, whatever
 *  links lead to it; throws STORE_MISSING for one that leads nowhere. */
export function indexPathOf(storePath: string): string {
  return canonicalStorePath(storePath).replace(/(?:\.db)?$/, '.index.db')
}

/** Path of the file of profiles: `mail.db`, `mail.profile.db`. It may be deleted at any time. */
export function profilePathOf(storePath: string): string {
  return canonicalStorePath(storePath).replace(/(?:\.db)?$/, '.profile.db')
}

/** Opens the facts for reading; of a schema before `since` they are outdated. Throws STORE_MISSING, STORE_OUTDATED, STORE_UNSAFE,
 *  STORE_FOREIGN, STORE_NEWER or STORE_IO. */
export function openReadOnly(namedPath: string, rules: FileRules, since = facts.migrations.length): Database {
  return openExisting(namedPath, rules, { readonly: true, timeout: busyTimeoutMs, since })
}

/** Opens the facts for short transactions beside a sync that may be running, which are waited for. Throws as `openReadOnly` does. */
export function openBesideSync(namedPath: string, rules: FileRules): Database {
  const opening = { readonly: false, timeout: besideSyncTimeoutMs, since: facts.migrations.length }
  const database = openExisting(namedPath, rules, opening)
  tune(database, facts)
  return database
}

interface Opening {
  readonly readonly: boolean
  /** Milliseconds. */
  readonly timeout: number
  readonly since: number
}

function openExisting(namedPath: string, rules: FileRules, { readonly, timeout, since }: Opening): Database {
  return guarded(facts, namedPath, () => {
    const path = canonicalStorePath(namedPath)
    checkStoreFile(path, rules)
    const database = new Sqlite(path, { readonly, fileMustExist: true, timeout })
    return closedOnFailure(database, () => {
      harden(database)
      const version = checkedVersion(database, facts, path)
      if (version < since) throw outdated(path, version)
    })
  })
}

/** Opens or makes the facts, brought to the newest schema. Only the writer thread calls this. */
export function openFacts(path: string, rules: FileRules): Database {
  return openForWriting(facts, path, rules)
}

export function openIndex(path: string, rules: FileRules): Database {
  return openForWriting(index, path, rules)
}

/** Opens or makes the file of profiles. */
export function openProfile(path: string, rules: FileRules): Database {
  return openForWriting(profile, path, rules)
}

function openForWriting(kind: FileKind, path: string, rules: FileRules): Database {
  return guarded(kind, path, () => {
    prepareStoreFile(path, rules)
    const database = new Sqlite(path, { timeout: busyTimeoutMs })
    return closedOnFailure(database, () => {
      harden(database)
      const version = checkedVersion(database, kind, path)
      if (version === 0) database.pragma(`page_size = ${kind.pageOctets}`)
      database.pragma('journal_mode = WAL')
      tune(database, kind)
      migrate(database, kind, version)
    })
  })
}

/** What holds for one connection that writes. */
function tune(database: Database, kind: FileKind): void {
  database.pragma(`synchronous = ${kind.synchronous}`)
  database.pragma(`journal_size_limit = ${logOctets}`)
  database.pragma(`wal_autocheckpoint = ${checkpointOctets / kind.pageOctets}`)
  database.pragma('foreign_keys = ON')
  database.pragma(`cache_size = -${cacheKib}`)
}

/** Each migration and the note of it share one transaction. */
function migrate(database: Database, kind: FileKind, version: number): void {
  kind.migrations.slice(version).forEach((migration, offset) => {
    database
      .transaction(() => {
        database.exec(migration)
        database.pragma(`application_id = ${kind.applicationId}`)
        database.pragma(`user_version = ${version + offset + 1}`)
      })
      .immediate()
  })
}

/** The file may come from anywhere (S25). */
function harden(database: Database): void {
  database.pragma('trusted_schema = OFF')
  database.pragma('cell_size_check = ON')
}

function numberPragma(database: Database, name: string, schema = 'main'): number {
  const value = database.pragma(`${schema}.${name}`, { simple: true })
  return typeof value === 'number' ? value : 0
}

/** The schema version of an index that is attached as `schema`. Throws STORE_FOREIGN or STORE_NEWER. */
export function checkAttached(database: Database, schema: string, path: string): number {
  return checkedVersion(database, index, path, schema)
}

/** The schema version of a file that is ours or empty. */
// oxlint-disable-next-line eslint/max-params -- a file of one connection, by its name there
function checkedVersion(database: Database, kind: FileKind, path: string, schema = 'main'): number {
  const version = numberPragma(database, 'user_version', schema)
  const applicationId = numberPragma(database, 'application_id', schema)
  const isEmpty = numberPragma(database, 'schema_version', schema) === 0
  if (applicationId !== kind.applicationId && !isEmpty) {
    throw new AppError({
      code: 'STORE_FOREIGN',
      message: `${path} is a database of another program, not a mailmirror ${kind.name}`,
      hint: kind === index ? remakeIndex : 'name another path as `store` in the config; this file was not touched',
    })
  }
  if (hasCode(database, schema)) {
    throw new AppError({
      code: 'STORE_FOREIGN',
      message: `${path} holds views or triggers, which no mailmirror ${kind.name} has`,
      hint: kind === index ? remakeIndex : 'someone else has changed this file: use a copy that you trust',
    })
  }
  if (version > kind.migrations.length) {
    throw new AppError({
      code: 'STORE_NEWER',
      message: `${path} was written by a newer mailmirror (schema ${version}, this one knows ${kind.migrations.length})`,
      hint: 'install the newer mailmirror again; this file was not touched',
    })
  }
  return version
}

/** Views and triggers would run as part of our own statements (S25). */
function hasCode(database: Database, schema: string): boolean {
  const found = database
    .prepare(`SELECT 1 FROM ${schema}.sqlite_schema WHERE type IN ('view', 'trigger') LIMIT 1`)
    .get()
  return found !== undefined
}

/** By an older version; or whoever made it was killed before its first table. */
function outdated(path: string, version: number): AppError {
  return new AppError({
    code: version === 0 ? 'STORE_MISSING' : 'STORE_OUTDATED',
    message: `the store ${path} is of an older version and has not been brought up to date yet`,
    hint: 'run `mailmirror sync` once',
  })
}

function closedOnFailure(database: Database, prepare: () => void): Database {
  try {
    prepare()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function guarded(kind: FileKind, path: string, open: () => Database): Database {
  try {
    return open()
  } catch (error) {
    throw toStoreError(error, `open the ${kind.name} ${path}`)
  }
}
