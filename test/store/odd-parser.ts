import { workerData } from 'node:worker_threads'
import { parserVersion } from '../../src/model/parser-version.ts'
import type { ExtractedMessage } from '../../src/search/extracted-message.ts'
import { IndexerSignals } from '../../src/store/indexer-protocol.ts'
import type { IndexerThreadData } from '../../src/store/indexer-protocol.ts'

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what createIndexer hands over
const { shared } = workerData as IndexerThreadData

/** Does what the text of a message asks for. */
function extract(octets: Uint8Array): ExtractedMessage {
  const text = Buffer.from(octets).toString('latin1')
  if (text.includes('stop here')) new IndexerSignals(shared).stop()
  if (text.includes('never end')) for (;;) Math.sqrt(2)
  if (text.includes('wait long')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
  if (text.includes('exit')) process.exit()
  if (text.includes('throw')) throw new Error('the parser was told to throw')
  const none = { from: [], sender: [], replyTo: [], to: [], cc: [], bcc: [], inReplyTo: [], references: [] }
  const fields = {
    messageId: undefined,
    date: undefined,
    subject: 'read by the next version',
    listId: undefined,
    ...none,
  }
  return { fields, text, attachments: [], trouble: undefined }
}

export const oddParser = { version: parserVersion + 1, extract }
