// An indexer thread whose parser does what the text of a message asks for.
import { serveIndexer } from '../../src/store/serve-indexer.ts'
import { oddParser } from './odd-parser.ts'

serveIndexer(oddParser)
