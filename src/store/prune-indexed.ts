import type { Database } from 'better-sqlite3'
import type { LongStatement } from './long-statement.ts'

const { zstdCompressSync, zstdDecompressSync } = process.getBuiltinModule('node:zlib')

/** As the writer makes them: 32 KB and one text of 2^22 characters. */
const largestBlock = 2 ** 25
const listed = 500

interface TextPlace {
  readonly id: number
  readonly text_start: number
  readonly text_octets: number
}

/** Takes everything out of the index that was made of these contents, some at a time; texts of others that lie in the same blocks
 *  stay. Then the words are merged, since FTS5 only marks what is deleted. Twice is the same as once. */
export async function pruneIndex(
  index: Database,
  ids: readonly number[],
  { pause, execute }: { readonly pause: () => Promise<void>; readonly execute: LongStatement },
): Promise<void> {
  const has = index.prepare<[number], number>('SELECT 1 FROM message WHERE id = ?').pluck()
  const own = ids.filter((id) => has.get(id) !== undefined)
  const remove = remover(index)
  for (let start = 0; start < own.length; start += listed) {
    index.transaction(() => remove(own.slice(start, start + listed))).immediate()
    await pause()
  }
  await execute(index, `INSERT INTO message_text (message_text) VALUES ('optimize')`)
}

function remover(index: Database): (ids: readonly number[]) => void {
  const blockOf = index.prepare<[number], number | null>('SELECT text_block FROM message WHERE id = ?').pluck()
  const removal = [
    index.prepare<[number]>('DELETE FROM message_text WHERE rowid = ?'),
    index.prepare<[number]>('DELETE FROM attachment WHERE message = ?'),
    index.prepare<[number]>('DELETE FROM message WHERE id = ?'),
  ]
  const repack = repacker(index)
  return (ids) => {
    const blocks = new Set(ids.map((id) => blockOf.get(id) ?? undefined))
    for (const id of ids) for (const statement of removal) statement.run(id)
    for (const block of blocks) if (block !== undefined) repack(block)
  }
}

/** Makes a block anew of the texts that are still somebody's. */
function repacker(index: Database): (block: number) => void {
  const places = index.prepare<[number], TextPlace>(
    'SELECT id, text_start, text_octets FROM message WHERE text_block = ? ORDER BY text_start',
  )
  const dataOf = index.prepare<[number], Buffer>('SELECT data FROM text_block WHERE id = ?').pluck()
  const drop = index.prepare<[number]>('DELETE FROM text_block WHERE id = ?')
  const replace = index.prepare<[Uint8Array, number]>('UPDATE text_block SET data = ? WHERE id = ?')
  const move = index.prepare<[number, number]>('UPDATE message SET text_start = ? WHERE id = ?')
  const loseText = index.prepare<[number]>(
    'UPDATE message SET text_block = NULL, text_start = NULL, text_octets = NULL WHERE text_block = ?',
  )
  return (block) => {
    const texts = unpacked(dataOf.get(block))
    const rows = places.all(block)
    if (texts === undefined || rows.length === 0) {
      // Damaged: nobody can tell whose the rest is.
      loseText.run(block)
      drop.run(block)
      return
    }
    const kept: Buffer[] = []
    let start = 0
    for (const { id, text_start: from, text_octets: octets } of rows) {
      kept.push(texts.subarray(from, from + octets))
      move.run(start, id)
      start += octets
    }
    replace.run(zstdCompressSync(Buffer.concat(kept)), block)
  }
}

function unpacked(data: Buffer | undefined): Buffer | undefined {
  try {
    return data === undefined ? undefined : zstdDecompressSync(data, { maxOutputLength: largestBlock })
  } catch {
    return undefined
  }
}
