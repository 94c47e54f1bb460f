import type { Database } from 'better-sqlite3'
import { AppError } from '../model/errors.ts'
import { attachIndex, detachIndex } from './attached-index-file.ts'
import type { StoreReaderOptions } from './sqlite-store-reader.ts'

const { zstdDecompressSync } = process.getBuiltinModule('node:zlib')

/** Complaints of SQLite itself; more say nothing more. */
const maxComplaints = 20
/** As the writer makes them: 32 KB and one text of 2^22 characters. */
const largestBlock = 2 ** 25

interface Check {
  /** Counts what is wrong. */
  readonly sql: string
  readonly problem: (count: number) => string
}

const checks: readonly Check[] = [
  {
    sql: `SELECT count(*) FROM content WHERE id <= (SELECT content FROM search.watermark) AND pruned IS NULL
      AND id NOT IN (SELECT id FROM search.message) AND id NOT IN (SELECT content FROM returned)`,
    problem: (count) => `the index lacks ${count} of the messages that it says it has`,
  },
  {
    // One that a mailbox holds is missing from the store, not too many in the index.
    sql: `SELECT count(*) FROM search.message WHERE id NOT IN (SELECT id FROM content)
      AND NOT EXISTS (SELECT 1 FROM placement WHERE placement.content = message.id)`,
    problem: (count) => `the index has ${count} messages that the store does not have`,
  },
  {
    sql: 'SELECT count(*) FROM search.message WHERE octets <> (SELECT octets FROM content WHERE content.id = message.id)',
    problem: (count) => `the index gives ${count} messages another size than the store`,
  },
  {
    sql: 'SELECT count(*) FROM search.message WHERE id NOT IN (SELECT id FROM search.message_text_docsize)',
    problem: (count) => `the words of ${count} messages are not in the index`,
  },
  {
    sql: 'SELECT count(*) FROM search.message_text_docsize WHERE id NOT IN (SELECT id FROM search.message)',
    problem: (count) => `the index has the words of ${count} messages that it does not have`,
  },
  {
    sql: 'SELECT count(*) FROM search.attachment WHERE message NOT IN (SELECT id FROM search.message)',
    problem: (count) => `the index has ${count} attachments of no message`,
  },
]

/** What is wrong with the index of the store that this connection reads, in words; nothing where there is no index yet, or one of an
 *  older kind, which the next sync makes anew. What is not indexed yet is not wrong. */
export function* auditIndex(facts: Database, options: StoreReaderOptions): Generator<string> {
  try {
    if (!attachIndex(facts, options.path, options)) return
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    yield error.message
    return
  }
  try {
    // One state of both files: a sync may be at work.
    yield* facts.transaction(() => [...complaints(facts), ...wrongRows(facts), ...damagedTexts(facts)])()
  } catch (error) {
    yield `the index cannot be read: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    detachIndex(facts)
  }
}

function complaints(facts: Database): readonly string[] {
  const found = facts.prepare<[], string>(`PRAGMA search.integrity_check(${maxComplaints})`).pluck().all()
  return found.filter((complaint) => complaint !== 'ok').map((complaint) => `the index: ${complaint}`)
}

function wrongRows(facts: Database): readonly string[] {
  return checks.flatMap(({ sql, problem }) => {
    const count = facts.prepare<[], number>(sql).pluck().get() ?? 0
    return count === 0 ? [] : [problem(count)]
  })
}

/** A text that cannot be read back would be a message without a snippet. */
function damagedTexts(facts: Database): readonly string[] {
  const places = facts
    .prepare<[], { readonly block: number; readonly end: number; readonly messages: number }>(
      `SELECT text_block AS block, max(text_start + text_octets) AS end, count(*) AS messages FROM search.message
       WHERE text_block IS NOT NULL GROUP BY text_block`,
    )
    .all()
  const data = facts.prepare<[number], Buffer>('SELECT data FROM search.text_block WHERE id = ?').pluck()
  const damaged = places.filter(({ block, end }) => unpackedLength(data.get(block)) < end)
  const count = damaged.reduce((sum, { messages }) => sum + messages, 0)
  return count === 0 ? [] : [`the texts of ${count} messages in the index are damaged`]
}

/** -1: it cannot be unpacked. */
function unpackedLength(data: Buffer | undefined): number {
  try {
    return data === undefined ? -1 : zstdDecompressSync(data, { maxOutputLength: largestBlock }).length
  } catch {
    return -1
  }
}
