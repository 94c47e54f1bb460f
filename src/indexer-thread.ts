// The indexer thread's own composition root: the parser of src/mime, and the index of src/store.
import { createMessageParser, parserVersion } from './mime/message-parser.ts'
import { serveIndexer } from './store/serve-indexer.ts'

const parser = createMessageParser()
serveIndexer({ version: parserVersion, extract: (octets) => parser.extract(octets) })
