import { hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { encodeContent } from './content-encoding.ts'
import type { WriteChange } from './write-changes.ts'
import { dataWriter } from './write-contents.ts'

interface PlaceRow {
  readonly mailbox: number
  readonly epoch: number
  readonly uid: number
}

/** Puts octets back under a content's number; false: its hash says that they are another message's. A number that is lost
 *  altogether takes what it is given, or gives way to the content that has these octets already. */
export function contentRestorer(
  database: Database,
  writeChange: WriteChange,
  compress: boolean,
): (content: number, octets: Uint8Array) => boolean {
  const hashOf = database.prepare<[number], Buffer>('SELECT sha256 FROM content WHERE id = ?').pluck()
  const twin = database.prepare<[Buffer], number>('SELECT id FROM content WHERE sha256 = ?').pluck()
  const update = database.prepare('UPDATE content SET octets = ?, encoding = ?, data = ? WHERE id = ?')
  const insert = database.prepare('INSERT INTO content (id, sha256, octets, encoding, data) VALUES (?, ?, ?, ?, ?)')
  const giveWay = database.prepare('UPDATE placement SET content = ? WHERE content = ?')
  const placesOf = database.prepare<[number], PlaceRow>(
    `SELECT mailbox, epoch, uid FROM placement JOIN epoch ON epoch.id = placement.epoch WHERE content = ?
     ORDER BY epoch, uid`,
  )
  const replace = (content: number, other: number): void => {
    const [before, after] = [`{"message":${content}}`, `{"message":${other}}`]
    for (const place of placesOf.all(content)) writeChange({ kind: 'message-replaced', ...place, before, after })
    giveWay.run(other, content)
  }
  const dropParts = database.prepare('DELETE FROM content_part WHERE content = ?')
  const writeData = dataWriter(database)
  return (content, octets) => {
    const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
    const sha256 = hash('sha256', buffer, 'buffer')
    const known = hashOf.get(content)
    if (known !== undefined && !known.equals(sha256)) return false
    const other = known === undefined ? twin.get(sha256) : undefined
    if (other !== undefined) {
      replace(content, other)
      return true
    }
    dropParts.run(content)
    const { encoding, data } = encodeContent(buffer, compress)
    writeData(data, (own) => {
      if (known === undefined) insert.run(content, sha256, buffer.length, encoding, own)
      else update.run(buffer.length, encoding, own, content)
      return content
    })
    return true
  }
}
