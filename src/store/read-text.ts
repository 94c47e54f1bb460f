import type { Database } from 'better-sqlite3'

interface TextRow {
  readonly text_block: number | null
  readonly text_start: number | null
  readonly text_octets: number | null
}

/** Reads texts of the attached index; the block read last is kept, since neighbours share it. */
export function textReader(database: Database): (id: number) => string | undefined {
  const placeOf = database.prepare<[number], TextRow>(
    'SELECT text_block, text_start, text_octets FROM search.message WHERE id = ?',
  )
  const blockOf = database.prepare<[number], Buffer>('SELECT data FROM search.text_block WHERE id = ?').pluck()
  let last: { readonly id: number; readonly data: Buffer } | undefined
  return (id) => {
    const place = placeOf.get(id)
    if (place === undefined) return undefined
    const { text_block: block, text_start: start, text_octets: octets } = place
    if (block === null || start === null || octets === null) return ''
    if (last?.id !== block) {
      const data = blockOf.get(block)
      if (data === undefined) return ''
      const { zstdDecompressSync } = process.getBuiltinModule('node:zlib')
      last = { id: block, data: zstdDecompressSync(data) }
    }
    return last.data.toString('utf8', start, start + octets)
  }
}
