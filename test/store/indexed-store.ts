import { zstdDecompressSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import type { Indexer, IndexOutcome } from '../../src/search/indexer.ts'
import { indexPathOf } from '../../src/store/open-database.ts'
import { createIndexer } from '../../src/store/sqlite-indexer.ts'
import type { IndexerOptions } from '../../src/store/sqlite-indexer.ts'
import { nodeClock } from '../support/node-clock.ts'

/** The indexer thread as it is built. */
const threadUrl = new URL('../../dist/indexer-thread.js', import.meta.url)

/** An indexer of the store at `path`, closed when the running test has finished. */
export function openIndexer(path: string, more: Partial<IndexerOptions> = {}): Indexer {
  const indexer = createIndexer({ path, allowNetwork: false, threadUrl, clock: nodeClock, ...more })
  onTestFinished(() => indexer.close())
  return indexer
}

/** Brings the index of the store up to date. */
export async function indexStore(path: string, more: Partial<IndexerOptions> = {}): Promise<IndexOutcome> {
  const indexer = openIndexer(path, more)
  try {
    return await indexer.finish(new AbortController().signal)
  } finally {
    await indexer.close()
  }
}

export interface IndexedRow {
  readonly id: number
  readonly subject: string | null
  readonly text: string
  readonly thread: number
  readonly version: number
  readonly trouble: string | null
}

interface MessageRow extends Omit<IndexedRow, 'text'> {
  readonly text_block: number | null
  readonly text_start: number | null
  readonly text_octets: number | null
}

/** What an index holds, by content. */
export function readIndex(path: string): {
  readonly watermark: number
  readonly rows: readonly IndexedRow[]
  /** Contents in which FTS5 finds a word. */
  readonly match: (words: string) => readonly number[]
} {
  const index = new Sqlite(indexPathOf(path), { readonly: true })
  onTestFinished(() => void index.close())
  const blockOf = index.prepare<[number], Buffer>('SELECT data FROM text_block WHERE id = ?').pluck()
  const textOf = ({ text_block: block, text_start: start, text_octets: octets }: MessageRow): string => {
    const data = block === null ? undefined : blockOf.get(block)
    if (data === undefined) return ''
    return zstdDecompressSync(data).toString('utf8', start ?? 0, (start ?? 0) + (octets ?? 0))
  }
  const rows = index.prepare<[], MessageRow>(`
    SELECT id, subject, thread, parser_version AS version, trouble, text_block, text_start, text_octets
    FROM message ORDER BY id`)
  const found = index.prepare<[string], number>(
    'SELECT rowid FROM message_text WHERE message_text MATCH ? ORDER BY rowid',
  )
  return {
    watermark: index.prepare<[], number>('SELECT content FROM watermark').pluck().get() ?? 0,
    rows: rows.all().map((row) => {
      const { id, subject, thread, version, trouble } = row
      return { id, subject, thread, version, trouble, text: textOf(row) }
    }),
    match: (words) => found.pluck().all(words),
  }
}
