// The thread that reads for the one in odd-ahead-thread.ts.
import { serveParser } from '../../src/store/serve-parser.ts'
import { oddParser } from './odd-parser.ts'

serveParser(oddParser)
