import type { Command } from './command.ts'
import { Redactor } from './redaction.ts'
import type { Response } from './response-reader.ts'

/** Takes lines of a transcript, without their end. Must not throw. */
export type TranscriptSink = (line: string) => void

/** One connection's part of a transcript. */
export interface ConnectionTranscript {
  sent(command: Command): void
  received(response: Response): void
  ended(why: 'closed by us' | 'lost'): void
}

/** The IMAP dialogue of a run as lines of JSON, without anything that tells whose mail it is: see `Redactor`. It begins when
 *  the login has succeeded: what a login says is never written. Every line has `v`, the connection `c` and `ms` since the
 *  first; `open` has the capabilities, `sent` a command without its tag, `received` a response, `ended` why it ended. */
export class Transcript {
  readonly #sink: TranscriptSink
  readonly #nowMs: () => number
  readonly #redactor = new Redactor()
  readonly #startedMs: number
  #connections = 0

  constructor(sink: TranscriptSink, nowMs: () => number) {
    this.#sink = sink
    this.#nowMs = nowMs
    this.#startedMs = nowMs()
  }

  open(capabilities: ReadonlySet<string>): ConnectionTranscript {
    const c = ++this.#connections
    const redactor = this.#redactor
    const write = (what: object): void =>
      this.#sink(JSON.stringify({ v: 1, c, ms: Math.round(this.#nowMs() - this.#startedMs), ...what }))
    write({ open: [...capabilities].filter((name) => /^[A-Z0-9.+/=-]+$/.test(name)).toSorted() })
    return {
      sent: (command) => write({ sent: redactor.command(command) }),
      received: (response) => write({ received: redactor.response(response) }),
      ended: (why) => write({ ended: why }),
    }
  }
}
