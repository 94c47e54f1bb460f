import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { AppError, messageOf } from '../model/errors.ts'
import { ContentIndexer } from './index-contents.ts'
import type { IndexedParser } from './extract-content.ts'
import { IndexerSignals } from './indexer-protocol.ts'
import type { IndexerReply, IndexerRequest, IndexerThreadData } from './indexer-protocol.ts'
import { indexPathOf, openIndex, openReadOnly } from './open-database.ts'
import { ReadAhead } from './read-ahead.ts'
import { takeRunLock } from './run-lock.ts'
import { toStoreError } from './sqlite-error.ts'

/** The indexer thread: works whenever it is asked to, until its port is closed. One index has one such thread at a time. What is
 *  much is read by a thread at `parserThread`, if there is one. */
export function serveIndexer(parser: IndexedParser, parserThread?: URL): void {
  const port = parentPort
  if (port === null) throw new Error('the indexer is started as a worker thread')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are in this folder
  const options = workerData as IndexerThreadData
  let indexer: OpenIndexer | undefined
  const end = (): void => {
    indexer?.close()
    port.close()
  }
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      port.postMessage(toFailure(toStoreError(error, `index the store ${options.path}`)))
      end()
    }
  }
  guarded(() => {
    indexer = openIndexer(options, parser, { port, parserThread })
    port.on('message', (request: IndexerRequest) => {
      if (request === 'close') end()
      else guarded(() => indexer?.contents.indexAll())
    })
  })
}

interface OpenIndexer {
  readonly contents: ContentIndexer
  close(): void
}

interface ThreadEnds {
  readonly port: MessagePort
  readonly parserThread: URL | undefined
}

function openIndexer(options: IndexerThreadData, parser: IndexedParser, ends: ThreadEnds): OpenIndexer {
  const { path } = options
  const { port, parserThread } = ends
  // oxlint-disable-next-line eslint/no-restricted-properties -- who holds the index says since when
  const lock = takeRunLock(indexPathOf(path), options, new Date(Date.now()).toISOString())
  const closers = [() => lock[Symbol.dispose]()]
  const close = (): void => closers.toReversed().forEach((one) => one())
  try {
    const facts = openReadOnly(path, options)
    closers.push(() => facts.close())
    const index = openIndex(indexPathOf(path), options)
    closers.push(() => index.close())
    const contents = new ContentIndexer({
      facts,
      index,
      parser,
      signals: new IndexerSignals(options.shared),
      unreadable: options.unreadable,
      report: (reply) => port.postMessage(reply),
      startReadAhead: parserThread === undefined ? undefined : () => new ReadAhead(parserThread, options),
    })
    closers.push(() => void contents.close())
    contents.renew(options.renewal)
    return { contents, close }
  } catch (error) {
    close()
    throw error
  }
}

function toFailure(error: unknown): IndexerReply {
  const isKnown = error instanceof AppError
  return {
    kind: 'failed',
    code: isKnown ? error.code : undefined,
    message: messageOf(error),
    hint: isKnown ? error.hint : undefined,
    stack: error instanceof Error ? error.stack : undefined,
  }
}
