import type { Database } from 'better-sqlite3'
import { messageOf } from '../model/errors.ts'
import type { ExtractedMessage } from '../search/extracted-message.ts'
import type { Renewal } from '../search/indexer.ts'
import type { IndexerReply, IndexerSignals, UnreadableContent } from './indexer-protocol.ts'
import type { StoredContent } from './read-content.ts'
import type { ContentFacts } from './read-unindexed.ts'
import { unindexedReader } from './read-unindexed.ts'
import { indexWriter } from './write-indexed.ts'

/** What turns octets into what is indexed; a higher version says that an index made by a lower one is stale. */
export interface IndexedParser {
  readonly version: number
  /** See `MessageParser.extract`. */
  extract(octets: Uint8Array): ExtractedMessage
}

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

export interface ContentIndexerOptions {
  readonly facts: Database
  readonly index: Database
  readonly parser: IndexedParser
  readonly signals: IndexerSignals
  readonly unreadable: readonly UnreadableContent[]
  readonly report: (reply: IndexerReply) => void
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
    let done = 0
    for (const content of contents) {
      if (signals.isStopped) break
      this.#add(content, facts.get(content.id))
      done++
    }
    return done
  }

  #add(content: StoredContent, facts: ContentFacts | undefined): void {
    const { id, octets } = content
    const { internalDate, serverThreads = [] } = facts ?? {}
    this.#options.signals.content = id
    const extracted = this.#extract(content)
    this.#options.signals.content = 0
    this.#writer.add({ id, octets, internalDate, serverThreads, extracted })
    this.#indexed++
  }

  #extract(content: StoredContent): ExtractedMessage {
    const known = this.#unreadable.get(content.id)
    if (known !== undefined) return nothingOf(known)
    try {
      const { octets, isWhole } = this.#reader.read(content)
      const extracted = this.#options.parser.extract(octets)
      if (isWhole) return extracted
      return { ...extracted, trouble: `only its first ${octets.length / 2 ** 20} MB were read` }
    } catch (error) {
      // Damaged octets, or a bug of the parser's: the message is kept, and counted among those that could not be read.
      return nothingOf(messageOf(error))
    }
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

function nothingOf(trouble: string): ExtractedMessage {
  const none = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [], inReplyTo: [], references: [] }
  const fields = { messageId: undefined, date: undefined, subject: undefined, listId: undefined, ...none }
  return { fields, text: '', attachments: [], trouble }
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
