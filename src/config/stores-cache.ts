import type { StoreAccount, StoresConfig } from '../model/account.ts'

// Not imported: that would load all of node:fs, which a reading command has no time for.
const {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} = process.getBuiltinModule('node:fs')

/** What is kept of one config: no more than account names and paths, never a secret. */
type Remembered = Omit<StoresConfig, 'path'>

interface Entry {
  readonly key: string
  readonly config: Remembered
}

const fileName = 'stores.json'
const mostEntries = 8
const mostOctets = 262_144

/** What was remembered under the key; undefined where there is the least doubt about it. */
export function recall(folder: string, key: string): Remembered | undefined {
  return readEntries(folder).find((entry) => entry.key === key)?.config
}

/** Keeps it for the next time, with those of a few other configs. Where that cannot be, nothing is kept. */
export function remember(folder: string, key: string, { storeOnNetwork, accounts }: Remembered): void {
  const others = readEntries(folder).filter((entry) => entry.key !== key)
  const text = JSON.stringify([{ key, config: { storeOnNetwork, accounts } }, ...others].slice(0, mostEntries))
  if (text.length > mostOctets) return
  const temporary = `${folder}/${fileName}.${process.pid}`
  try {
    makeFolder(folder)
    if (!isOurs(folder)) return
    writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 })
    renameSync(temporary, `${folder}/${fileName}`)
  } catch {
    // The next command takes its time again.
  }
}

/** With the one that it is in. Not `recursive`: Node never returns from that where a file system makes no folders. */
function makeFolder(folder: string): void {
  for (const path of [folder.replace(/\/[^/]*$/, ''), folder]) {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 })
  }
}

function readEntries(folder: string): readonly Entry[] {
  try {
    if (!isOurs(folder)) return []
    const parsed: unknown = JSON.parse(readOwn(`${folder}/${fileName}`))
    return Array.isArray(parsed) ? parsed.filter(isEntry) : []
  } catch {
    return []
  }
}

/** A folder in which nobody else can put a file. */
function isOurs(folder: string): boolean {
  const { uid, mode } = lstatSync(folder)
  return uid === process.getuid?.() && (mode & constants.S_IFMT) === constants.S_IFDIR && (mode & 0o022) === 0
}

/** Empty: it is not ours alone. */
function readOwn(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    const isOwn = stats.isFile() && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0
    return isOwn && stats.size <= mostOctets ? readFileSync(descriptor, 'utf8') : ''
  } finally {
    closeSync(descriptor)
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null || !('key' in value) || !('config' in value)) return false
  const { key, config } = value
  if (typeof key !== 'string' || typeof config !== 'object' || config === null) return false
  if (!('storeOnNetwork' in config) || !('accounts' in config)) return false
  const { storeOnNetwork, accounts } = config
  return typeof storeOnNetwork === 'boolean' && Array.isArray(accounts) && accounts.every(isAccount)
}

function isAccount(value: unknown): value is StoreAccount {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'store' in value &&
    typeof value.name === 'string' &&
    typeof value.store === 'string'
  )
}
