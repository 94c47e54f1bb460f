// A process for one long statement: the composition root of it, and of its thread.
import { serveLongStatement } from './store/serve-long-statement.ts'

serveLongStatement(new URL(import.meta.url))
