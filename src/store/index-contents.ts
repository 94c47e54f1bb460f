import type { Database } from 'better-sqlite3'
import type { Renewal } from '../search/indexer.ts'
import { extractContent, nothingOf } from './extract-content.ts'
import type { IndexedParser } from './extract-content.ts'
import type { IndexerReply, IndexerSignals, UnreadableContent } from './indexer-protocol.ts'
import type { ReadAhead, ReadContent } from './read-ahead.ts'
import type { StoredContent } from './read-content.ts'
import type { ContentFacts } from './read-unindexed.ts'
import { unindexedReader } from './read-unindexed.ts'
import { indexWriter } from './write-indexed.ts'

/** Each transaction merges what it has added with what is there: the fewer the better, but what is not committed cannot be
 *  found yet. */
const mostMessages = 5000
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
  readonly #writer
  readonly #unreadable: ReadonlyMap<number, string>
  readonly #watermark
  readonly #setWatermark
  readonly #stale
  #ahead: ReadAhead | undefined
  #indexed = 0
  /** How many were indexed when the words were last merged. */
  #merged = 0

  constructor(options: ContentIndexerOptions) {
    const { facts, index, parser, unreadable } = options
    this.#options = options
    this.#reader = unindexedReader(facts)
    this.#writer = indexWriter(index, parser.version)
    this.#unreadable = new Map(unreadable.map(({ id, trouble }) => [id, trouble]))
    this.#watermark = index.prepare<[], number>('SELECT content FROM watermark').pluck()
    this.#setWatermark = index.prepare<[number]>('UPDATE watermark SET content = ?')
    this.#stale = index.prepare<[number, number, number], number>(
      'SELECT id FROM message WHERE id > ? AND parser_version <> ? ORDER BY id LIMIT ?',
    )
    this.#stale.pluck()
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
    const total = this.#indexed + this.#reader.count(mark)
    for (;;) {
      const last = this.#transaction(() => this.#contentsAfter(mark))
      if (last === undefined) break
      mark = last
      this.#options.report({ kind: 'progress', indexed: this.#indexed, total: Math.max(total, this.#indexed) })
    }
    const pending = this.#reader.count(mark)
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
      const contents = ids.flatMap((id) => this.#reader.find(id) ?? [])
      this.#transaction(() => void this.#addAll(contents))
      mark = ids.at(-1) ?? mark
    }
  }

  /** Indexes some of the contents above `mark`, and tells the last one; undefined: there was none to do. */
  #contentsAfter(mark: number): number | undefined {
    const start = this.#indexed
    let last: number | undefined
    let octets = 0
    while (this.#indexed - start < mostMessages && octets < mostOctets) {
      const contents = this.#reader.after(last ?? mark, listed)
      const done = this.#addAll(contents)
      for (const content of contents.slice(0, done)) {
        octets += content.octets
        last = content.id
      }
      if (done < listed) break
    }
    if (last !== undefined) this.#setWatermark.run(last)
    return last
  }

  #addAll(contents: readonly StoredContent[]): number {
    const { signals } = this.#options
    const facts = this.#reader.factsOf(contents)
    const read = this.#read(contents.filter(({ id }) => !this.#unreadable.has(id)))
    let done = 0
    for (const content of contents) {
      if (signals.isStopped) break
      const known = this.#unreadable.get(content.id)
      const next = known === undefined ? read.next().value : { extracted: nothingOf(known), bodyWords: undefined }
      if (next === undefined) throw new Error(`content ${content.id} has not been read`)
      this.#add(content, next, facts.get(content.id))
      done++
    }
    read.return(undefined)
    return done
  }

  #add({ id, octets }: StoredContent, read: ReadContent, facts: ContentFacts | undefined): void {
    const { internalDate, serverThreads = [] } = facts ?? {}
    this.#writer.add({ id, octets, internalDate, serverThreads, ...read })
    this.#indexed++
  }

  /** Many by another thread, ahead of the writing; for a few it would be started in vain. */
  #read(contents: readonly StoredContent[]): Generator<ReadContent, undefined> {
    const { startReadAhead } = this.#options
    if (contents.length >= worthReadAhead && startReadAhead !== undefined) this.#ahead ??= startReadAhead()
    return this.#ahead === undefined ? this.#readHere(contents) : this.#ahead.read(contents)
  }

  *#readHere(contents: readonly StoredContent[]): Generator<ReadContent, undefined> {
    const { parser, signals } = this.#options
    for (const content of contents) {
      signals.content = content.id
      const extracted = extractContent(this.#reader, parser, content)
      signals.content = 0
      yield { extracted, bodyWords: undefined }
    }
    return undefined
  }

  #transaction<T>(work: () => T): T {
    const { index } = this.#options
    return index
      .transaction(() => {
        const result = work()
        this.#writer.flush()
        return result
      })
      .immediate()
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
