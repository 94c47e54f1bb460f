// An indexer thread that has another one read for it, which does what the text of a message asks for.
import { serveIndexer } from '../../src/store/serve-indexer.ts'
import { oddParser } from './odd-parser.ts'

serveIndexer(oddParser, new URL('odd-reader-thread.ts', import.meta.url))
