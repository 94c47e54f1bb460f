import type { ReadableMessage } from '../search/extracted-message.ts'
import type { EncodedMessage } from '../export/export-files.ts'
import type { StoredMessage } from '../model/stored-message.ts'
import { readableJson } from './readable-json.ts'

export interface JsonLineOptions {
  /** As `show` takes it. */
  readonly id: number | string
  /** undefined: it is not indexed yet. */
  readonly indexed: { readonly threadId: number; readonly date: number | undefined } | undefined
  readonly snippet: string
  /** undefined: they are not wanted. */
  readonly octets: Uint8Array | undefined
}

const nothing = new Uint8Array(0)
const lineFeed = Buffer.from('\n')

/** A line of an export as JSON: the object of `show --json`, with the octets as `raw` in base64 if they are wanted. */
export function jsonLine(message: StoredMessage, readable: ReadableMessage, options: JsonLineOptions): EncodedMessage {
  const { id, indexed, snippet, octets } = options
  const text = readableJson(message, readable, { id, threadId: indexed?.threadId, date: indexed?.date, snippet })
  const raw = octets === undefined ? '' : `,"raw":"${Buffer.from(octets).toString('base64')}"`
  return { before: nothing, body: Buffer.from(`${text.slice(0, -1)}${raw}}`), after: lineFeed }
}
