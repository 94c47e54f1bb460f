// The parser thread's own composition root: the parser of src/mime, and the facts of src/store.
import { createMessageParser } from './mime/message-parser.ts'
import { sampleThisThread } from './profile/thread-sampling.ts'
import { serveParser } from './store/serve-parser.ts'

sampleThisThread('parser')
serveParser(createMessageParser())
