import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { toIso } from '../model/instant.ts'
import { decodeContent } from './content-decoding.ts'

export interface StoredContent {
  readonly id: number
  readonly sha256: Buffer
  /** Of the message. */
  readonly octets: number
  readonly encoding: string
}

export interface ContentReader {
  /** When it was pruned, in milliseconds since 1970; undefined: it was not. */
  prunedAt(id: number): number | undefined
  /** undefined: there is none of this number. */
  find(id: number): StoredContent | undefined
  /** The encoded data, piece by piece; never more than one piece is in memory. */
  pieces(content: StoredContent): Iterable<Uint8Array>
  /** The encoded data as a whole. */
  encoded(content: StoredContent): Uint8Array
  /** The message. Throws DAMAGED (message) where it is not what was stored, PRUNED (message) where it was removed for good. */
  read(content: StoredContent): Uint8Array
}

/** Reads contents as `contentWriter` has written them. */
export function contentReader(database: Database): ContentReader {
  const byId = database.prepare<[number], StoredContent>(
    'SELECT id, sha256, octets, encoding FROM content WHERE id = ?',
  )
  const dataOf = database.prepare<[number], Buffer>('SELECT data FROM content WHERE id = ?').pluck()
  const partOf = database
    .prepare<[number, number], Buffer>('SELECT data FROM content_part WHERE content = ? AND part = ?')
    .pluck()
  const lengthOf = database
    .prepare<[number], number | null>('SELECT sum(length(data)) FROM content_part WHERE content = ?')
    .pluck()

  const prunedAt = database
    .prepare<[number], number>('SELECT at FROM content JOIN pruning ON pruning.id = pruned WHERE content.id = ?')
    .pluck()

  function* pieces({ id, octets }: StoredContent): Generator<Uint8Array> {
    const whole = dataOf.get(id)
    if (whole === undefined) return
    if (whole.length > 0 || octets === 0) {
      yield whole
      return
    }
    for (let part = 0, data = partOf.get(id, 0); data !== undefined; data = partOf.get(id, ++part)) yield data
  }

  const encoded = (content: StoredContent): Uint8Array => {
    const whole = dataOf.get(content.id) ?? new Uint8Array()
    if (whole.length > 0 || content.octets === 0) return whole
    const all = Buffer.allocUnsafe(lengthOf.get(content.id) ?? 0)
    let filled = 0
    for (const piece of pieces(content)) {
      all.set(piece, filled)
      filled += piece.length
    }
    return all.subarray(0, filled)
  }

  return {
    prunedAt: (id) => prunedAt.get(id),
    find: (id) => byId.get(id),
    pieces,
    encoded,
    read: (content) => {
      const at = prunedAt.get(content.id)
      if (at !== undefined) throw prunedError(content.id, at)
      return checked(content, decodeContent(content.encoding, encoded(content), content.octets))
    },
  }
}

function prunedError(id: number, atMs: number): AppError {
  return new AppError({
    code: 'PRUNED',
    scope: 'message',
    message: `message ${id} was pruned on ${toIso(atMs).slice(0, 10)}: the mirror has its history, and no octets any more`,
    hint: 'a copy that `mailmirror backup` made before that, and has not renewed since, has them',
  })
}

function checked({ id, sha256, octets: expected }: StoredContent, octets: Uint8Array): Uint8Array {
  // Loaded here, since `status` has no use for it and would start 4 ms later.
  const { hash } = process.getBuiltinModule('node:crypto')
  if (octets.length === expected && hash('sha256', octets, 'hex') === sha256.toString('hex')) return octets
  throw new AppError({
    code: 'DAMAGED',
    scope: 'message',
    message: `could not read message ${id}: its octets are not those that were stored`,
    hint: 'run `mailmirror verify` to see what else is damaged',
  })
}
