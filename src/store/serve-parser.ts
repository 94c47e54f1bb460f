import { workerData } from 'node:worker_threads'
import { messageOf } from '../model/errors.ts'
import { extractContent, indexedText } from './extract-content.ts'
import type { IndexedParser } from './extract-content.ts'
import { IndexerSignals } from './indexer-protocol.ts'
import { openReadOnly } from './open-database.ts'
import type { ParserReply, ParserRequest, ParserThreadData, ReadContent } from './read-ahead.ts'
import { unindexedReader } from './read-unindexed.ts'
import type { UnindexedReader } from './read-unindexed.ts'
import type { StoredContent } from './read-content.ts'

/** The parser thread: reads what the indexer thread asks for, with a connection of its own, until it is terminated. */
export function serveParser(parser: Pick<IndexedParser, 'extract'>): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
  const { path, allowNetwork, shared, replies, port } = workerData as ParserThreadData
  const signals = new IndexerSignals(shared)
  const count = new Int32Array(replies)
  let reader: UnindexedReader | undefined
  const readAll = (contents: ParserRequest): ParserReply => {
    try {
      const facts = (reader ??= unindexedReader(openReadOnly(path, { allowNetwork })))
      return contents.map((content) => read(content, facts))
    } catch (error) {
      return { failed: messageOf(error) }
    } finally {
      signals.content = 0
    }
  }
  const read = (content: StoredContent, facts: UnindexedReader): ReadContent => {
    signals.content = content.id
    const extracted = extractContent(facts, parser, content)
    const words = indexedText(extracted.text)
    return { extracted, bodyWords: words === extracted.text ? undefined : words }
  }
  port.on('message', (contents: ParserRequest) => {
    port.postMessage(readAll(contents))
    Atomics.add(count, 0, 1)
    Atomics.notify(count, 0)
  })
}
