// The writer thread's own composition root: the facts of src/store, sampled with the run.
import { sampleThisThread } from './profile/thread-sampling.ts'
import { serveWriter } from './store/serve-writer.ts'

sampleThisThread('writer')
serveWriter()
