import type { Database } from 'better-sqlite3'
import type { EncodedContent } from './content-encoding.ts'

export interface ContentToWrite extends EncodedContent {
  readonly sha256: Buffer
  readonly octets: number
}

/** SQLite holds a value twice while it is written; data above this lies in parts, so that a message of 500 MB is in memory
 *  once and not three times. */
export const partOctets = 2 ** 23

const noData = Buffer.alloc(0)

interface KnownContent {
  readonly id: number
  readonly isPruned: number
}

/** Writes encoded data, whole or in parts, of which there are none yet: `writeRow` writes the row itself with what belongs into it, and tells its number. */
export function dataWriter(database: Database): (data: Uint8Array, writeRow: (own: Uint8Array) => number) => number {
  const addPart = database.prepare<[number, number, Uint8Array]>(
    'INSERT INTO content_part (content, part, data) VALUES (?, ?, ?)',
  )
  return (data, writeRow) => {
    if (data.length <= partOctets) return writeRow(data)
    const id = writeRow(noData)
    for (let part = 0; part * partOctets < data.length; part++) {
      addPart.run(id, part, data.subarray(part * partOctets, (part + 1) * partOctets))
    }
    return id
  }
}

/** Stores a content unless it is held; tells its number. One that was pruned is stored again under the number that it had. */
export function contentWriter(database: Database): (content: ContentToWrite) => { id: number; isNew: boolean } {
  const find = database.prepare<[Buffer], KnownContent>(
    'SELECT id, pruned IS NOT NULL AS isPruned FROM content WHERE sha256 = ?',
  )
  const fill = database.prepare('UPDATE content SET encoding = ?, data = ?, pruned = NULL WHERE id = ?')
  const noteReturn = database.prepare('INSERT OR IGNORE INTO returned VALUES (?)')
  const add = database.prepare<[Buffer, number, string, Uint8Array]>(
    'INSERT INTO content (sha256, octets, encoding, data) VALUES (?, ?, ?, ?)',
  )
  const writeData = dataWriter(database)
  return ({ sha256, octets, encoding, data }) => {
    const known = find.get(sha256)
    if (known?.isPruned === 0) return { id: known.id, isNew: false }
    if (known !== undefined) {
      writeData(data, (own) => {
        fill.run(encoding, own, known.id)
        return known.id
      })
      noteReturn.run(known.id)
      return { id: known.id, isNew: true }
    }
    const id = writeData(data, (own) => Number(add.run(sha256, octets, encoding, own).lastInsertRowid))
    return { id, isNew: true }
  }
}
