import type { Database } from 'better-sqlite3'
import { decodeContent } from './content-decoding.ts'
import { aboveMark } from './index-state.ts'
import { contentReader } from './read-content.ts'
import type { StoredContent } from './read-content.ts'

/** Of a larger message only the beginning is read: text that somebody wrote is there, and memory is bounded. */
const mostOctets = 2 ** 27

/** What the facts say of a content besides its octets. */
export interface ContentFacts {
  /** The earliest INTERNALDATE of its placements, in seconds since 1970. */
  readonly internalDate: number | undefined
  /** Each with the number of its account in front. */
  readonly serverThreads: readonly string[]
}

/** Octets to be parsed; `isWhole` is false where they are only the message's beginning. */
export interface ReadOctets {
  readonly octets: Uint8Array
  readonly isWhole: boolean
}

interface PlacementRow {
  readonly content: number
  readonly epoch: number
  readonly internal_date: number | null
  readonly thread_id: string | null
}

export interface UnindexedReader {
  /** Contents above this number, the lowest first. */
  after(id: number, limit: number): readonly StoredContent[]
  /** Contents above this number. */
  count(id: number): number
  /** Contents up to this number that were pruned and came again, whether they are indexed or not. */
  returned(id: number): readonly number[]
  find(id: number): StoredContent | undefined
  /** Of these contents, which are in order; those without placements are not told. */
  factsOf(contents: readonly StoredContent[]): ReadonlyMap<number, ContentFacts>
  /** Not checked against its hash: a damaged message is found by what can be read, and `verify` tells of it. Throws DAMAGED
   *  where nothing can. */
  read(content: StoredContent): ReadOctets
}

/** Reads what the indexer needs from the facts; each call is a short transaction of its own. */
export function unindexedReader(facts: Database): UnindexedReader {
  const contents = contentReader(facts)
  const after = facts.prepare<[number, number], StoredContent>(
    `SELECT id, sha256, octets, encoding FROM content WHERE ${aboveMark('?')} ORDER BY id LIMIT ?`,
  )
  const count = facts.prepare<[number], number>(`SELECT count(*) FROM content WHERE ${aboveMark('?')}`).pluck()
  const returned = facts.prepare<[number], number>('SELECT content FROM returned WHERE content <= ?').pluck()
  const placements = facts.prepare<[number, number], PlacementRow>(
    'SELECT content, epoch, internal_date, thread_id FROM placement WHERE content BETWEEN ? AND ?',
  )
  const accountOf = facts
    .prepare<[number], number>(
      'SELECT account FROM epoch JOIN mailbox ON mailbox.id = epoch.mailbox WHERE epoch.id = ?',
    )
    .pluck()
  return {
    after: (id, limit) => after.all(id, limit),
    count: (id) => count.get(id) ?? 0,
    returned: (id) => returned.all(id),
    find: (id) => contents.find(id),
    factsOf: (contents) => {
      const found = new Map<number, ContentFacts>()
      const [first, last] = [contents[0]?.id, contents.at(-1)?.id]
      if (first === undefined || last === undefined) return found
      for (const row of placements.iterate(first, last)) {
        found.set(
          row.content,
          withPlacement(found.get(row.content), row, () => accountOf.get(row.epoch)),
        )
      }
      return found
    },
    read: (content) => {
      if (content.octets > mostOctets && content.encoding === 'identity') {
        return { octets: beginningOf(contents.pieces(content)), isWhole: false }
      }
      const octets = decodeContent(content.encoding, contents.encoded(content), content.octets)
      return { octets: octets.subarray(0, mostOctets), isWhole: octets.length <= mostOctets }
    },
  }
}

/** A content may have any number of placements; more threads than a few tell nothing. */
const mostThreads = 10

function withPlacement(
  known: ContentFacts | undefined,
  { internal_date: date, thread_id: thread }: PlacementRow,
  account: () => number | undefined,
): ContentFacts {
  const { internalDate, serverThreads = [] } = known ?? {}
  const threads =
    thread === null || serverThreads.length >= mostThreads
      ? serverThreads
      : [...serverThreads, `${account() ?? ''} ${thread}`]
  return { internalDate: date === null ? internalDate : Math.min(date, internalDate ?? date), serverThreads: threads }
}

function beginningOf(pieces: Iterable<Uint8Array>): Uint8Array {
  const taken: Uint8Array[] = []
  let octets = 0
  for (const piece of pieces) {
    taken.push(piece)
    octets += piece.length
    if (octets >= mostOctets) break
  }
  return Buffer.concat(taken, Math.min(octets, mostOctets))
}
