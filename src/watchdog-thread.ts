// The watching thread's own composition root: it knows of the main thread only what is shared with it.
import { watchMain } from './profile/watch-main.ts'

watchMain()
