import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'

interface TextRow {
  readonly text_block: number | null
  readonly text_start: number | null
  readonly text_octets: number | null
}

/** A block has 32 KB and one text, which has 2^22 characters at most. */
const largestBlock = 2 ** 25

/** Most blocks are unpacked in one piece of this size: many small ones take twice as long. */
const pieceOctets = 65_536

/** Blocks that are kept. */
const mostKept = 8

/** Reads texts of the attached index; the blocks read last are kept as long as nobody writes, since neighbours share them. */
export function textReader(database: Database): (id: number) => string | undefined {
  const placeOf = database.prepare<[number], TextRow>(
    'SELECT text_block, text_start, text_octets FROM search.message WHERE id = ?',
  )
  const blockOf = database.prepare<[number], Buffer>('SELECT data FROM search.text_block WHERE id = ?').pluck()
  const version = database.prepare<[], number>('PRAGMA search.data_version').pluck()
  const kept = new Map<number, Buffer>()
  let keptVersion = -1
  const unpacked = (block: number): Buffer => {
    const current = version.get() ?? 0
    if (current !== keptVersion || kept.size > mostKept) kept.clear()
    keptVersion = current
    const data = kept.get(block) ?? unpack(blockOf.get(block))
    kept.set(block, data)
    return data
  }
  return (id) => {
    const place = placeOf.get(id)
    if (place === undefined) return undefined
    const { text_block: block, text_start: start, text_octets: octets } = place
    if (block === null || start === null || octets === null) return ''
    return unpacked(block).toString('utf8', start, start + octets)
  }
}

function unpack(data: Buffer | undefined): Buffer {
  // Loaded here: not every search shows texts.
  const { zstdDecompressSync } = process.getBuiltinModule('node:zlib')
  try {
    return data === undefined
      ? Buffer.alloc(0)
      : zstdDecompressSync(data, { maxOutputLength: largestBlock, chunkSize: pieceOctets })
  } catch (error) {
    throw new AppError({
      code: 'DAMAGED',
      message: 'could not unpack a text of the index: its octets are damaged',
      hint: 'run `mailmirror reindex`',
      cause: error,
    })
  }
}
