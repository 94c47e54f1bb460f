import type { Database } from 'better-sqlite3'
import type { Renewal } from '../search/indexer.ts'
import type { IndexedParser } from './extract-content.ts'
import type { IndexerReply, IndexerSignals, UnreadableContent } from './indexer-protocol.ts'
import { contentPreparer } from './prepare-contents.ts'
import type { PreparedContents } from './prepare-contents.ts'
import { chunksOf } from './read-ahead.ts'
import type { ContentChunk, ReadAhead } from './read-ahead.ts'
import { unindexedReader } from './read-unindexed.ts'
import { indexWriter } from './write-indexed.ts'

/** Each transaction merges what it has added with what is there: the fewer the better, but what is not committed cannot be
 *  found yet. */
const mostMessages = 10_000
const mostOctets = 2 ** 28
/** Words that FTS5 collects before it writes them, instead of 1 MB, and segments are merged sixteen at a time (`crisismerge`)
 *  instead of four: 100,000 small messages take a quarter less time. */
const hashOctets = 2 ** 25
/** What was added is merged into one segment with the rest when it is no less than this share of it: that makes the index a
 *  quarter smaller, and costs as much as writing it once. */
const worthMerging = 1 / 4
/** Rows that are looked up at once. */
const listed = 500
const worthReadAhead = 200

export interface ContentIndexerOptions {
  readonly facts: Database
  readonly index: Database
  readonly parser: IndexedParser
  readonly signals: IndexerSignals
  readonly unreadable: readonly UnreadableContent[]
  readonly report: (reply: IndexerReply) => void
  /** undefined: everything is read by this thread. */
  readonly startReadAhead: (() => ReadAhead) | undefined
}

/** Brings the index up to the facts. */
export class ContentIndexer {
  readonly #options: ContentIndexerOptions
  readonly #reader
  readonly #prepare
  readonly #write
  readonly #watermark
  readonly #setWatermark
  readonly #stale
  readonly #has
  #ahead: ReadAhead | undefined
  #indexed = 0
  /** How many were indexed when the words were last merged. */
  #merged = 0

  constructor(options: ContentIndexerOptions) {
    const { facts, index, parser, signals, unreadable } = options
    this.#options = options
    this.#reader = unindexedReader(facts)
    this.#prepare = contentPreparer({ facts: this.#reader, parser, signals, unreadable })
    this.#write = indexWriter(index, parser.version)
    this.#watermark = index.prepare<[], number>('SELECT content FROM watermark').pluck()
    this.#setWatermark = index.prepare<[number]>('UPDATE watermark SET content = ?')
    this.#stale = index.prepare<[number, number, number], number>(
      'SELECT id FROM message WHERE id > ? AND parser_version <> ? ORDER BY id LIMIT ?',
    )
    this.#stale.pluck()
    this.#has = index.prepare<[number], number>('SELECT 1 FROM message WHERE id = ?').pluck()
    index.exec(`
      INSERT INTO message_text (message_text, rank) VALUES ('hashsize', ${hashOctets});
      INSERT INTO message_text (message_text, rank) VALUES ('automerge', 0);`)
  }

  async close(): Promise<void> {
    await this.#ahead?.close()
  }

  /** Forgets what is to be read again. */
  renew(renewal: Renewal): void {
    if (renewal === 'all') clearIndex(this.#options.index)
    if (renewal === 'stale') this.#renewStale()
  }

  /** Everything that is committed in the facts, unless it is told to stop. */
  indexAll(): void {
    let mark = this.#watermark.get() ?? 0
    this.#again(this.#returned(mark))
    const pending = this.#reader.count(mark)
    const total = this.#indexed + pending
    const prepared = this.#prepared(this.#contentsAfter(mark), pending)
    try {
      for (let last = this.#commit(prepared); last !== undefined; last = this.#commit(prepared)) {
        mark = last
        this.#options.report({ kind: 'progress', indexed: this.#indexed, total: Math.max(total, this.#indexed) })
      }
    } finally {
      prepared.return(undefined)
    }
    this.#end(mark)
  }

  #end(mark: number): void {
    const pending = this.#reader.count(mark) + this.#returned(mark).length
    if (pending === 0) this.#merge()
    this.#options.report({ kind: 'idle', indexed: this.#indexed, pending })
  }

  #merge(): void {
    const { index } = this.#options
    const all = index.prepare<[], number>('SELECT count(*) FROM message').pluck().get() ?? 0
    if (this.#indexed - this.#merged < Math.max(1, all * worthMerging)) return
    index.exec(`INSERT INTO message_text (message_text) VALUES ('optimize')`)
    this.#merged = this.#indexed
  }

  #renewStale(): void {
    let mark = 0
    const next = (): readonly number[] => this.#stale.all(mark, this.#options.parser.version, listed)
    for (let ids = next(); ids.length > 0 && !this.#options.signals.isStopped; ids = next()) {
      this.#again(ids)
      mark = ids.at(-1) ?? mark
    }
  }

  /** Contents up to the watermark, in one transaction. */
  #again(ids: readonly number[]): void {
    if (ids.length === 0) return
    const contents = ids.flatMap((id) => this.#reader.find(id) ?? [])
    const prepared = this.#prepared(chunksOf(contents), contents.length)
    this.#transaction(() => {
      for (const one of prepared) this.#add(one)
    })
  }

  /** Those that came again after they had been pruned, and are not indexed yet. */
  #returned(mark: number): readonly number[] {
    return this.#reader.returned(mark).filter((id) => this.#has.get(id) === undefined)
  }

  *#contentsAfter(id: number): Generator<ContentChunk, undefined> {
    let mark = id
    for (;;) {
      const contents = this.#reader.after(mark, listed)
      yield* chunksOf(contents)
      const last = contents.at(-1)
      if (last === undefined || contents.length < listed) return undefined
      mark = last.id
    }
  }

  /** Indexes some of what is prepared, and tells the last one; undefined: there was none to do. */
  #commit(prepared: Iterator<PreparedContents, undefined>): number | undefined {
    return this.#transaction(() => {
      let last: number | undefined
      let messages = 0
      let octets = 0
      while (messages < mostMessages && octets < mostOctets && !this.#options.signals.isStopped) {
        const next = prepared.next().value
        if (next === undefined) break
        this.#add(next)
        messages += next.messages.length
        octets += next.octets
        last = next.messages.at(-1)?.id ?? last
      }
      if (last !== undefined) this.#setWatermark.run(last)
      return last
    })
  }

  #add(prepared: PreparedContents): void {
    this.#write(prepared)
    this.#indexed += prepared.messages.length
  }

  /** Many by another thread, ahead of the writing; for a few it would be started in vain. */
  #prepared(chunks: Iterable<ContentChunk>, contents: number): Generator<PreparedContents, undefined> {
    const { startReadAhead } = this.#options
    if (contents >= worthReadAhead && startReadAhead !== undefined) this.#ahead ??= startReadAhead()
    return this.#ahead?.prepare(chunks) ?? this.#preparedHere(chunks)
  }

  *#preparedHere(chunks: Iterable<ContentChunk>): Generator<PreparedContents, undefined> {
    for (const chunk of chunks) yield this.#prepare(chunk)
    return undefined
  }

  #transaction<T>(work: () => T): T {
    const { index } = this.#options
    return index.transaction(work).immediate()
  }
}

function clearIndex(index: Database): void {
  // Rows that others refer to are deleted one by one, whole tables at once.
  index.pragma('foreign_keys = OFF')
  index
    .transaction(() => {
      index.exec(`
        INSERT INTO message_text (message_text) VALUES ('delete-all');
        DELETE FROM attachment;
        DELETE FROM message;
        DELETE FROM text_block;
        DELETE FROM thread_key;
        UPDATE watermark SET content = 0;`)
    })
    .immediate()
  index.pragma('foreign_keys = ON')
}
