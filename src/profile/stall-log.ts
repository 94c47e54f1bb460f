import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { Label } from './samples.ts'
import type { StallEvent } from './stall-watch.ts'

/** A time for which a main thread hung, as it stands in the file. */
export interface StallRecord extends Label {
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** The last that is known: of one that is not over, as long as it lasted up to then. */
  readonly kind: StallEvent['kind']
  readonly ms: number
  readonly cpuMs: number | undefined
  readonly queueMs: number | undefined
  readonly verdict: string
  /** What it waited for in the kernel; empty: nothing. */
  readonly waitsFor: string
  /** Functions from the root on, with semicolons between; empty: it did not answer. */
  readonly stack: string
}

/** Beside the profiles of the store. */
export function stallPathOf(storePath: string): string {
  return `${storePath.replace(/\.db$/, '')}.profile.stalls.jsonl`
}

const mostOctets = 2 ** 18

/** Written line by line, to be there even if the process never recovers; no message ever stands in it. */
export class StallLog {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    cutOld(path)
  }

  /** Of one stall the later lines count. */
  add(record: StallRecord): void {
    const file = openSync(this.#path, 'a', 0o600)
    try {
      appendFileSync(file, `${JSON.stringify({ v: 1, ...record })}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
}

/** The oldest first; what is damaged is left out. */
export function readStalls(path: string): readonly StallRecord[] {
  const stalls = new Map<string, StallRecord>()
  for (const line of readLines(path)) {
    const record = toRecord(line)
    if (record === undefined) continue
    const key = `${record.pid} ${record.at}`
    const known = stalls.get(key)
    // A stack may come when the stall is over.
    const latest = known !== undefined && record.kind === 'begun' ? known : record
    stalls.set(key, { ...latest, stack: record.stack === '' ? (known?.stack ?? '') : record.stack })
  }
  return [...stalls.values()]
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

function toRecord(line: string): StallRecord | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const isRecord = typeof value === 'object' && value !== null && 'at' in value && 'stack' in value
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `add` has written
    return isRecord ? (value as StallRecord) : undefined
  } catch {
    return undefined
  }
}

/** Of a file that has grown long the newer half stays. */
function cutOld(path: string): void {
  try {
    if (statSync(path).size <= mostOctets) return
    const lines = readLines(path)
    writeFileSync(path, lines.slice(lines.length >> 1).join('\n'), { mode: 0o600 })
  } catch {
    // There is none yet.
  }
}
