import type { MessageRow } from '../model/message.ts'
import type { BatchBuilder, BatchOutcome, ContentId, FailureToStore } from '../sync/ports.ts'
import { packOctets } from './pack-rows.ts'
import type { PackPool, RowPacker } from './pack-rows.ts'
import type { PackedBatch } from './writer-protocol.ts'

export interface SharedBatchParts {
  readonly epoch: number
  readonly pool: PackPool
  readonly packer: RowPacker
  readonly write: (batch: PackedBatch) => Promise<BatchOutcome>
}

/** A batch whose octets lie one after the other in one piece of shared memory. */
export class SharedBatch implements BatchBuilder {
  readonly #parts: SharedBatchParts
  readonly #rows: MessageRow[] = []
  readonly #starts: number[] = [0]
  readonly #linkedRows: MessageRow[] = []
  readonly #linkedContents: ContentId[] = []
  readonly #failures: FailureToStore[] = []
  #pack: SharedArrayBuffer | undefined
  #allocated = 0
  #isCommitted = false

  constructor(parts: SharedBatchParts) {
    this.#parts = parts
  }

  get messages(): number {
    return this.#rows.length
  }

  get octets(): number {
    return this.#starts.at(-1) ?? 0
  }

  fits(octets: number): boolean {
    return this.#rows.length === 0 || this.octets + octets <= (this.#pack?.byteLength ?? packOctets)
  }

  allocate(octets: number): Uint8Array {
    // Its memory is another batch's by now.
    if (this.#isCommitted) throw new Error('the batch has been committed')
    if (this.#pack === undefined || this.octets + octets > this.#pack.byteLength) {
      if (this.#rows.length > 0) throw new Error(`${octets} octets do not fit into the batch`)
      this.#pack = this.#parts.pool.take(octets)
    }
    this.#allocated = octets
    return new Uint8Array(this.#pack, this.octets, octets)
  }

  add(row: MessageRow): void {
    this.#rows.push(row)
    this.#starts.push(this.octets + this.#allocated)
    this.#allocated = 0
  }

  link(row: MessageRow, content: ContentId): void {
    this.#linkedRows.push(row)
    this.#linkedContents.push(content)
  }

  fail(failure: FailureToStore): void {
    this.#failures.push(failure)
  }

  async commit(): Promise<BatchOutcome> {
    if (this.#isCommitted) throw new Error('the batch has been committed')
    this.#isCommitted = true
    const { epoch, pool, packer, write } = this.#parts
    const pack = this.#pack ?? pool.take(0)
    const starts = Uint32Array.from(this.#starts)
    pool.handedOver(pack)
    try {
      return await write({
        epoch,
        pack,
        starts,
        rows: packer.pack(this.#rows),
        linkedRows: packer.pack(this.#linkedRows),
        linkedContents: this.#linkedContents,
        failures: this.#failures,
      })
    } finally {
      pool.release(pack)
    }
  }
}
