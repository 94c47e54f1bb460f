import { workerData } from 'node:worker_threads'
import { messageOf } from '../model/errors.ts'
import type { IndexedParser } from './extract-content.ts'
import { IndexerSignals } from './indexer-protocol.ts'
import { openReadOnly } from './open-database.ts'
import { contentPreparer } from './prepare-contents.ts'
import type { ParserReply, ParserRequest, ParserThreadData } from './read-ahead.ts'
import { unindexedReader } from './read-unindexed.ts'

/** The parser thread: prepares what the indexer thread asks for, with a connection of its own, until it is terminated. */
export function serveParser(parser: Pick<IndexedParser, 'extract'>): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
  const { path, allowNetwork, unreadable, shared, replies, port } = workerData as ParserThreadData
  const signals = new IndexerSignals(shared)
  const count = new Int32Array(replies)
  let preparer: ReturnType<typeof contentPreparer> | undefined
  const prepare = (contents: ParserRequest): ParserReply => {
    try {
      preparer ??= contentPreparer({
        facts: unindexedReader(openReadOnly(path, { allowNetwork })),
        parser,
        signals,
        unreadable,
      })
      return preparer(contents)
    } catch (error) {
      return { failed: messageOf(error) }
    }
  }
  port.on('message', (contents: ParserRequest) => {
    port.postMessage(prepare(contents))
    Atomics.add(count, 0, 1)
    Atomics.notify(count, 0)
  })
}
