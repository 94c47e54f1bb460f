import { basename, dirname, join } from 'node:path'
import { AppError } from '../model/errors.ts'

// Not imported: that would load all of node:fs, which `status` has no time for.
const { chmodSync, closeSync, constants, lstatSync, mkdirSync, openSync, realpathSync, statfsSync, statSync } =
  process.getBuiltinModule('node:fs')

/** statfs(2) types on which SQLite's locks or shared memory cannot be relied upon. */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x65735546, 'FUSE'],
])

/** The kind of network file system that holds the directory; undefined for a local one. */
export function networkFileSystemOf(directory: string): string | undefined {
  return networkFileSystems.get(statfsSync(directory).type >>> 0)
}

function refuseNetwork(directory: string): void {
  const kind = networkFileSystemOf(directory)
  if (kind === undefined) return
  throw new AppError({
    code: 'STORE_UNSAFE',
    message: `the store's directory ${directory} is on a network file system (${kind}), where SQLite may lose data`,
    hint: 'move the store to a local disk, or set `store-on-network = true` in the config',
  })
}

/** Neither the file nor its directory may be written by others, nor the file read by them (S09). */
function refuseOpenModes(path: string): void {
  // There modes say nothing of other users.
  if (process.platform === 'win32') return
  const directory = dirname(path)
  if ((statSync(directory).mode & 0o022) !== 0 && (statSync(directory).mode & 0o1000) === 0) {
    throw unsafe(directory, 'can be written by other users', `chmod go-w '${directory}'`)
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw unsafe(path, 'can be read or written by other users', `chmod 600 '${path}'`)
  }
}

function unsafe(path: string, what: string, remedy: string): AppError {
  return new AppError({ code: 'STORE_UNSAFE', message: `the store is unsafe: ${path} ${what}`, hint: `run: ${remedy}` })
}

/** A symbolic link that leads nowhere is a disk that is not there, never a reason to begin a new store (F10). */
function refuseDanglingLink(path: string): void {
  if (!isDanglingLink(path)) return
  throw new AppError({
    code: 'STORE_MISSING',
    message: `the store ${path} is a symbolic link that leads nowhere`,
    hint: 'mount the disk that it leads to, or remove the link',
  })
}

export function isDanglingLink(path: string): boolean {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink && statSync(path, { throwIfNoEntry: false }) === undefined
}

/** The store's path without symbolic links, so that all who name it in whatever way find the same lock beside it. Throws
 *  STORE_MISSING for a link that leads nowhere. */
export function canonicalStorePath(path: string): string {
  refuseDanglingLink(path)
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return realpathSync(path)
  const directory = dirname(path)
  const isThere = statSync(directory, { throwIfNoEntry: false }) !== undefined
  return isThere ? join(realpathSync(directory), basename(path)) : path
}

export interface FileRules {
  readonly allowNetwork: boolean
}

/** Checks an existing store file, named by its canonical path; STORE_MISSING when there is none. */
export function checkStoreFile(path: string, rules: FileRules): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new AppError({
      code: 'STORE_MISSING',
      message: `there is no store at ${path}`,
      hint: 'run `mailmirror sync` first, or check `store` in the config',
    })
  }
  if (!rules.allowNetwork) refuseNetwork(dirname(path))
  refuseOpenModes(path)
}

/** Makes the directory (0700) and an empty file (0600) where there is none, then checks both; named by its
 *  canonical path. SQLite gives its `-wal` and
 *  `-shm` files the modes of the database. */
export function prepareStoreFile(path: string, rules: FileRules): void {
  if (makeFolder(dirname(path))) chmodSync(dirname(path), 0o700)
  if (!rules.allowNetwork) refuseNetwork(dirname(path))
  if (statSync(path, { throwIfNoEntry: false }) === undefined) makeEmpty(path)
  refuseOpenModes(path)
}

/** With those above it; false: it was there. Not by `recursive`, with which Node tries for ever where the system has no such place to
 *  make it in, though its parent is there (an automounter's folder, /proc). */
function makeFolder(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return false
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
    return true
  } catch (error) {
    // Another process may have made it a moment before; of a link that leads nowhere whoever looks next says so.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function makeEmpty(path: string): void {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600))
  } catch (error) {
    // Another process may have made it a moment before; a link that leads nowhere is still refused.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) throw error
  }
}
