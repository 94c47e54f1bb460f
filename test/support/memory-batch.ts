import type { MessageRow } from '../../src/model/message.ts'
import type { BatchBuilder, BatchOutcome, FailureToStore } from '../../src/sync/ports.ts'

/** A message that was added to a batch. */
export interface BatchedMessage {
  readonly row: MessageRow
  readonly octets: Uint8Array
}

export class MemoryBatch implements BatchBuilder {
  readonly #write: (messages: readonly BatchedMessage[], failures: readonly FailureToStore[]) => BatchOutcome
  readonly #messages: BatchedMessage[] = []
  readonly #failures: FailureToStore[] = []
  #allocated = new Uint8Array(0)
  #isCommitted = false

  constructor(write: (messages: readonly BatchedMessage[], failures: readonly FailureToStore[]) => BatchOutcome) {
    this.#write = write
  }

  get messages(): number {
    return this.#messages.length
  }

  get octets(): number {
    return this.#messages.reduce((sum, { octets }) => sum + octets.length, 0)
  }

  fits(octets: number): boolean {
    return this.#messages.length === 0 || this.octets + octets <= 2 ** 21
  }

  allocate(octets: number): Uint8Array {
    if (this.#isCommitted) throw new Error('the batch has been committed')
    this.#allocated = new Uint8Array(octets)
    return this.#allocated
  }

  add(row: MessageRow): void {
    this.#messages.push({ row, octets: this.#allocated })
    this.#allocated = new Uint8Array(0)
  }

  fail(failure: FailureToStore): void {
    this.#failures.push(failure)
  }

  async commit(): Promise<BatchOutcome> {
    if (this.#isCommitted) throw new Error('the batch has been committed')
    this.#isCommitted = true
    return this.#write(this.#messages, this.#failures)
  }
}
