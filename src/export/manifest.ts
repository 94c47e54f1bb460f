import type { StoredPlacement } from '../model/stored-message.ts'
import type { InterruptedExport, ManifestEntry, ManifestFormat, WrittenEntry } from './ports.ts'

/** What an export was asked for. */
export interface ExportHeader {
  readonly format: string
  readonly query: string
  readonly split: string | undefined
  /** Whatever else changes what is written: names of options. */
  readonly options?: readonly string[]
}

/** One JSON object a line: what was asked for, each message, each file that is whole. */
export function manifestFormat({ format, query, split, options = [] }: ExportHeader): ManifestFormat {
  const header = `${JSON.stringify({ v: 1, type: 'export', format, query, split: split ?? null, options })}\n`
  return {
    header,
    fileLine: (file, octets) => `${JSON.stringify({ v: 1, type: 'file', file, octets })}\n`,
    messageLine,
    readInterrupted: (manifest) => readInterrupted(manifest, Buffer.from(header)),
  }
}

function messageLine({ key, id, file, offset, end, message }: ManifestEntry): string {
  const { sha256, octets, placements } = message
  const line = {
    v: 1,
    type: 'message',
    file,
    id,
    offset,
    end,
    octets,
    sha256,
    placements: placements.map(toObject),
  }
  return `${JSON.stringify(key === id ? line : { ...line, key })}\n`
}

function toObject(placement: StoredPlacement): unknown {
  const { account, mailbox, uidValidity, uid, flags, keywords, labels, internalDate, removedAt } = placement
  const { text, seconds } = internalDate ?? {}
  const date = seconds === undefined ? null : new Date(seconds * 1000).toISOString()
  const place = { account, mailbox, uidValidity, uid, flags, keywords, labels }
  return { ...place, internalDate: date, internalDateText: text ?? null, removedAt: removedAt ?? null }
}

function readInterrupted(manifest: Uint8Array, header: Uint8Array): InterruptedExport | undefined {
  if (Buffer.compare(header, manifest.subarray(0, header.length)) !== 0) return undefined
  const finished = new Set<string>()
  const entries = new Map<string, WrittenEntry[]>()
  for (let start = header.length, feed = 0; ; start = feed + 1) {
    feed = manifest.indexOf(10, start)
    const line = feed < 0 ? undefined : parseLine(Buffer.from(manifest.subarray(start, feed)).toString('utf8'))
    if (line === undefined) return { octets: start, finished, entries }
    if (line.type === 'file') finished.add(line.file)
    else listOf(entries, line.file).push({ key: line.key, end: line.end, line: start })
  }
}

function listOf(entries: Map<string, WrittenEntry[]>, file: string): WrittenEntry[] {
  const list = entries.get(file) ?? []
  entries.set(file, list)
  return list
}

type ManifestLine =
  | { readonly type: 'file'; readonly file: string }
  | { readonly type: 'message'; readonly file: string; readonly key: string; readonly end: number }

function parseLine(text: string): ManifestLine | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? toLine({ ...value }) : undefined
  } catch {
    return undefined
  }
}

function toLine({ type, file, id, key = id, end }: Readonly<Record<string, unknown>>): ManifestLine | undefined {
  if (typeof file !== 'string') return undefined
  if (type === 'file') return { type, file }
  return type === 'message' && typeof key === 'string' && typeof end === 'number' ? { type, file, key, end } : undefined
}
