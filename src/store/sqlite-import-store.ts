import type { ImportStore, LocalMailbox, MessageToImport } from '../export/import-ports.ts'
import type { MessageRow } from '../model/message.ts'
import { toUid, uidSetOf } from '../model/uid-set.ts'
import type { Uid } from '../model/uid-set.ts'
import type { BatchBuilder, BatchOutcome, ContentId } from '../sync/ports.ts'
import { PackPool, RowPacker } from './pack-rows.ts'
import { SharedBatch } from './shared-batch.ts'
import { startWriter } from './writer-client.ts'
import type { WriterClient, WriterStart } from './writer-client.ts'
import type { PackedBatch } from './writer-protocol.ts'

/** Throws what `startWriter` throws. */
export async function openImportStore(options: WriterStart): Promise<ImportStore> {
  return new SqliteImportStore(await startWriter(options))
}

class SqliteImportStore implements ImportStore {
  readonly #writer: WriterClient
  readonly #packer = new RowPacker()
  readonly #pool = new PackPool()
  /** By epoch. Nobody else gives UIDs there: we hold the run lock. */
  readonly #uidNext = new Map<number, number>()

  constructor(writer: WriterClient) {
    this.#writer = writer
  }

  async openMailbox(account: string, path: string): Promise<LocalMailbox> {
    const { epoch, uidNext } = await this.#writer.ask('openLocal', { account, path })
    this.#uidNext.set(epoch, uidNext)
    return { epoch }
  }

  async lookUp({ epoch }: LocalMailbox, hashes: readonly string[]) {
    const found = await this.#writer.ask('placedIn', { epoch, hashes })
    return found.map((one) => one ?? undefined)
  }

  async add({ epoch }: LocalMailbox, messages: readonly MessageToImport[]): Promise<number> {
    const commits: Promise<BatchOutcome>[] = []
    const removed: Uid[] = []
    let batch = this.#newBatch(epoch)
    for (const message of messages) {
      const row = this.#rowOf(epoch, message)
      if (message.isRemoved) removed.push(row.uid)
      if (message.content === undefined && !batch.fits(message.octets.length)) {
        commits.push(batch.commit())
        await this.#pool.backpressure()
        batch = this.#newBatch(epoch)
      }
      put(batch, row, message)
    }
    commits.push(batch.commit())
    // Asked for at once, so that it shares their transaction.
    const bounds = uidSetOf(removed).bounds
    const removal = bounds.length === 0 ? undefined : this.#writer.ask('markRemoved', { epoch, bounds })
    const outcomes = await Promise.all(commits)
    await removal
    return outcomes.reduce((sum, { newContents }) => sum + newContents, 0)
  }

  async finish({ epoch }: LocalMailbox): Promise<void> {
    await this.#writer.ask('completeLocal', epoch)
  }

  async close(): Promise<void> {
    await this.#writer.close()
  }

  #newBatch(epoch: number): SharedBatch {
    const write = (batch: PackedBatch): Promise<BatchOutcome> => this.#writer.ask('applyBatch', batch)
    return new SharedBatch({ epoch, pool: this.#pool, packer: this.#packer, write })
  }

  #rowOf(epoch: number, { flags, labels, internalDate }: MessageToImport): MessageRow {
    const number = this.#uidNext.get(epoch) ?? 1
    const uid = toUid(number)
    if (uid === undefined) throw new Error(`there are no UIDs left in epoch ${epoch}`)
    this.#uidNext.set(epoch, number + 1)
    const untold = { modseq: undefined, size: undefined, providerId: undefined }
    return { ...untold, uid, flags, internalDate, labels: labels.length === 0 ? undefined : labels }
  }
}

function put(batch: BatchBuilder, row: MessageRow, { octets, content }: MessageToImport): void {
  if (content === undefined) {
    batch.allocate(octets.length).set(octets)
    batch.add(row)
    return
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it came from `lookUp`, of the same store
  batch.link(row, content as ContentId)
}
