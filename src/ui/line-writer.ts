import { OutputClosed } from './terminal.ts'
import type { OutputStream } from './terminal.ts'

/** Writes without being waited for, because events are synchronous; what failed is thrown at the end. */
export class LineWriter {
  readonly #output: OutputStream
  readonly #onFailure: () => void
  #last: Promise<void> = Promise.resolve()

  /** `onFailure`: a line was lost, and what comes after it will be of no use to whoever reads. */
  constructor(output: OutputStream, onFailure: () => void = () => undefined) {
    this.#output = output
    this.#onFailure = onFailure
  }

  write(text: string): void {
    const before = this.#last
    const written = this.#output.write(text)
    this.#last = before.then(() => written)
    // Reported by `done`; until then it is nobody's unhandled rejection.
    written.catch(() => this.#onFailure())
    this.#last.catch(() => undefined)
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
