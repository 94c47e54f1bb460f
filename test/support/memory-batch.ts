import type { MessageRow } from '../../src/model/message.ts'
import type { BatchBuilder, BatchOutcome, ContentId, FailureToStore } from '../../src/sync/ports.ts'

/** A message that was added to a batch. */
export interface BatchedMessage {
  readonly row: MessageRow
  readonly octets: Uint8Array
}

/** One whose octets are held. */
export interface LinkedMessage {
  readonly row: MessageRow
  readonly content: ContentId
}

export interface BatchContents {
  readonly messages: readonly BatchedMessage[]
  readonly links: readonly LinkedMessage[]
  readonly failures: readonly FailureToStore[]
}

export class MemoryBatch implements BatchBuilder {
  readonly #write: (contents: BatchContents) => BatchOutcome
  readonly #messages: BatchedMessage[] = []
  readonly #links: LinkedMessage[] = []
  readonly #failures: FailureToStore[] = []
  #allocated = new Uint8Array(0)
  #isCommitted = false

  constructor(write: (contents: BatchContents) => BatchOutcome) {
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

  link(row: MessageRow, content: ContentId): void {
    this.#links.push({ row, content })
  }

  fail(failure: FailureToStore): void {
    this.#failures.push(failure)
  }

  async commit(): Promise<BatchOutcome> {
    if (this.#isCommitted) throw new Error('the batch has been committed')
    this.#isCommitted = true
    return this.#write({ messages: this.#messages, links: this.#links, failures: this.#failures })
  }
}
