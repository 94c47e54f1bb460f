import { OutputClosed } from './terminal.ts'
import type { OutputStream } from './terminal.ts'

/** Writes without being waited for, because events are synchronous; a failure is told at the end. */
export class LineWriter {
  readonly #output: OutputStream
  #last: Promise<void> = Promise.resolve()

  constructor(output: OutputStream) {
    this.#output = output
  }

  write(text: string): void {
    const before = this.#last
    const written = this.#output.write(text)
    this.#last = before.then(() => written)
    // Reported by `done`; until then it is nobody's unhandled rejection.
    for (const promise of [written, this.#last]) promise.catch(() => undefined)
  }

  /** Whether somebody has read all of it. Throws what else went wrong. */
  async done(): Promise<boolean> {
    try {
      await this.#last
      return true
    } catch (error) {
      if (error instanceof OutputClosed) return false
      throw error
    }
  }
}
