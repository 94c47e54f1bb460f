import type { Database } from 'better-sqlite3'
import type { EncodedContent } from './content-encoding.ts'

export interface ContentToWrite extends EncodedContent {
  readonly sha256: Buffer
  readonly octets: number
}

/** Stores a content unless it is held; tells its number. */
export function contentWriter(database: Database): (content: ContentToWrite) => { id: number; isNew: boolean } {
  const find = database.prepare<[Buffer], number>('SELECT id FROM content WHERE sha256 = ?').pluck()
  const add = database.prepare<[Buffer, number, string, Uint8Array]>(
    'INSERT INTO content (sha256, octets, encoding, data) VALUES (?, ?, ?, ?)',
  )
  return ({ sha256, octets, encoding, data }) => {
    const known = find.get(sha256)
    if (known !== undefined) return { id: known, isNew: false }
    return { id: Number(add.run(sha256, octets, encoding, data).lastInsertRowid), isNew: true }
  }
}
