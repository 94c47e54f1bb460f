import { readFileSync, statSync } from 'node:fs'
import type { LockHolder } from '../model/lane.ts'

/** Bytes that SQLite locks: the writer's of a log, in the index of that log; the writer's of a journal, in the database itself. */
const logWriter = 120
const journalWriter = 2 ** 30 + 1
/** `17: POSIX  ADVISORY  WRITE 4711 08:01:131 120 120`; whoever waits for a lock has `->` before the kind. */
const heldLock = /^\d+: (?:POSIX|OFDLCK)\s+\S+\s+WRITE\s+(\d+)\s+[\da-f]+:[\da-f]+:(\d+)\s+(\d+)\s/
const mostShown = 60

/** The process that holds the lock for writing of a database, if it is another one and the system tells (Linux). No file of the database
 *  is ever opened for that: closing it again would drop every lock that this process has on it. */
export function whoWrites(databasePath: string): LockHolder | undefined {
  const database = inodeOf(databasePath)
  const log = inodeOf(`${databasePath}-shm`)
  for (const line of textOf('/proc/locks').split('\n')) {
    const [, pid, inode, byte] = (heldLock.exec(line) ?? []).map(Number)
    if (pid === undefined || byte === undefined || pid === process.pid) continue
    const isWriter = (inode === log && byte === logWriter) || (inode === database && byte === journalWriter)
    if (isWriter) return { pid, program: programOf(pid) }
  }
  return undefined
}

/** The first words of how a process was started, without folders and options; empty: it is gone, or hidden. */
export function programOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`)
    .split('\0')
    .slice(0, 2)
    .filter((word) => word !== '' && !word.startsWith('-'))
    .map((word) => word.slice(word.lastIndexOf('/') + 1))
    .join(' ')
    .replaceAll(/[^\p{L}\p{N} ._@+-]/gu, '?')
    .slice(0, mostShown)
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** Empty where there is no such file, or it may not be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
