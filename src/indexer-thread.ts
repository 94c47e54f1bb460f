// The indexer thread's own composition root: the parser of src/mime, and the index of src/store.
import { createMessageParser } from './mime/message-parser.ts'
import { parserVersion } from './model/parser-version.ts'
import { sampleThisThread } from './profile/thread-sampling.ts'
import { serveIndexer } from './store/serve-indexer.ts'

sampleThisThread('indexer')
const parser = createMessageParser()
serveIndexer(
  { version: parserVersion, extract: (octets) => parser.extract(octets) },
  new URL('parser-thread.js', import.meta.url),
)
