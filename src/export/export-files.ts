import { AppError } from '../model/errors.ts'
import { itemsOf } from './plan-export.ts'
import type { ExportGroup, ExportItem } from './plan-export.ts'
import type { ExportFile, ExportTarget } from './ports.ts'

/** How an export went. */
export interface ExportSummary {
  readonly files: number
  readonly messages: number
  readonly octets: number
  /** Messages that could not be read, and why: they are in no file. */
  readonly damaged: readonly { readonly id: string; readonly reason: string; readonly isPruned?: true }[]
}

/** How messages follow each other in a file. */
export interface FileFormat {
  /** Of the name of a file that is one of several: `.mbox`. */
  readonly ending: string
  /** What stands in the file for a message. */
  encode(item: ExportItem, octets: Uint8Array): EncodedMessage
}

/** The manifest says where `before` ends, and where `after` does. */
export interface EncodedMessage {
  readonly before: Uint8Array
  readonly body: Uint8Array
  readonly after: Uint8Array
}

export interface ExportOptions {
  readonly format: FileFormat
  readonly groups: readonly ExportGroup[]
  /** Name of the file, where there is only one. */
  readonly only: string
  readonly target: ExportTarget
  readonly signal: AbortSignal
  /** Of a message that is in its file now. */
  readonly onMessage?: (octets: number) => void
}

/** Writes each group's messages into a file of its own. Throws what the target throws, and the signal's reason; what was written
 *  is then left to `ExportTarget.abandon`. */
export async function exportFiles(options: ExportOptions): Promise<ExportSummary> {
  const { format, groups, only, target, signal, onMessage } = options
  const damaged: { id: string; reason: string; isPruned?: true }[] = []
  let [files, messages, octets] = [0, 0, 0]
  for (const group of groups) {
    const name = group.name === '' ? only : `${group.name}${format.ending}`
    const file = await target.open(name)
    if (file === undefined) continue
    for (const item of itemsOf(group)) {
      signal.throwIfAborted()
      const id = idOf(item)
      if (file.written.has(id)) continue
      const read = readItem(item)
      if ('reason' in read) {
        damaged.push({ id, ...read })
        continue
      }
      const { offset, end } = await writeEntry(file, format.encode(item, read.octets))
      await target.note({ key: id, id, file: name, offset, end, message: item.message })
      messages++
      octets += read.octets.length
      onMessage?.(read.octets.length)
    }
    await file.finish()
    files++
  }
  await target.finish()
  return { files, messages, octets, damaged }
}

/** As `show` takes it. */
export function idOf({ source, message }: ExportItem): string {
  return source.name === undefined ? `${message.id}` : `${source.name}:${message.id}`
}

/** Its octets; or why there are none. */
export function readItem({
  source,
  message,
}: ExportItem): { readonly octets: Uint8Array } | { readonly reason: string; readonly isPruned?: true } {
  try {
    return { octets: source.reader.read(message.id) }
  } catch (error) {
    if (!(error instanceof AppError) || error.scope !== 'message') throw error
    return { reason: error.message, ...(error.code === 'PRUNED' ? { isPruned: true } : {}) }
  }
}

async function writeEntry(file: ExportFile, { before, body, after }: EncodedMessage) {
  await file.write(before)
  const offset = file.length
  await file.write(body)
  await file.write(after)
  return { offset, end: file.length }
}
