// The parser thread's own composition root: the parser of src/mime, and the facts of src/store.
import { createMessageParser } from './mime/message-parser.ts'
import { serveParser } from './store/serve-parser.ts'

serveParser(createMessageParser())
