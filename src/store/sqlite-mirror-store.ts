import { Worker } from 'node:worker_threads'
import { AppError } from '../model/errors.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import type { MessageRow } from '../model/message.ts'
import type { UidSet } from '../model/uid-set.ts'
import type {
  AccountHistory,
  AccountRunRecord,
  BatchBuilder,
  ContentId,
  Comparison,
  Cursor,
  EpochId,
  FailureToStore,
  HeldContent,
  HeldMessages,
  HistoryNote,
  MailboxId,
  MirroredEpoch,
  MirrorStore,
  RecordedMailboxes,
  RunId,
} from '../sync/ports.ts'
import { PackPool, RowPacker } from './pack-rows.ts'
import { SharedBatch } from './shared-batch.ts'
import type { OperationName, WriterOperations, WriterOptions, WriterReply, WriterRequest } from './writer-protocol.ts'
import { threadLimits } from './thread-limits.ts'

export interface MirrorStoreOptions extends Omit<WriterOptions, 'compress'> {
  readonly compress?: boolean
  /** The built writer thread; tests that run from the sources name the one in `dist`. */
  readonly threadUrl?: URL
}

/** Takes the run lock and opens the store, making it when there is none. Throws STORE_LOCKED, STORE_UNSAFE,
 *  STORE_FOREIGN, STORE_NEWER, STORE_IO or STORE_FULL. */
export async function openMirrorStore(options: MirrorStoreOptions): Promise<MirrorStore> {
  const { threadUrl, ...rest } = options
  const workerData: WriterOptions = { compress: true, ...rest }
  const worker = new Worker(threadUrl ?? new URL('writer-thread.js', import.meta.url), {
    name: 'writer',
    workerData,
    resourceLimits: threadLimits,
  })
  const writer = new WriterClient(worker)
  await writer.opened()
  return new SqliteMirrorStore(writer)
}

/** Asks the writer thread and matches its answers with the questions. */
class WriterClient {
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #opening = Promise.withResolvers<unknown>()
  readonly #exit = Promise.withResolvers<void>()
  #closing: Promise<unknown> | undefined
  #lastId = 0
  #ended: Error | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    this.#waiting.set(0, this.#opening)
    worker.on('message', (reply: WriterReply) => this.#settle(reply))
    worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => {
      this.#end(new Error('the writer thread has ended'))
      this.#exit.resolve()
    })
  }

  /** The thread's first message. Of a store that could not be opened nothing is left. */
  async opened(): Promise<void> {
    try {
      await this.#opening.promise
    } catch (error) {
      await this.#worker.terminate()
      throw error
    }
  }

  async ask<Name extends OperationName>(
    name: Name,
    argument: WriterOperations[Name]['arguments'],
  ): Promise<WriterOperations[Name]['answer']> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WriterOperations ties each name to its answer
    return (await this.#post(name, argument)) as WriterOperations[Name]['answer']
  }

  /** Resolves when the thread is no more. */
  async close(): Promise<void> {
    this.#closing ??= this.#ended === undefined ? this.#post('close', undefined) : Promise.resolve()
    try {
      await this.#closing
    } finally {
      await this.#exit.promise
    }
  }

  async #post(name: WriterRequest['name'], argument: unknown): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#worker.postMessage({ id, name, argument } satisfies WriterRequest)
    return waiting.promise
  }

  #settle(reply: WriterReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.ok) waiting?.resolve(reply.answer)
    else waiting?.reject(toError(reply))
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

function toError(reply: Extract<WriterReply, { ok: false }>): Error {
  if (reply.code !== undefined) return new AppError({ code: reply.code, message: reply.message, hint: reply.hint })
  const error = new Error(reply.message)
  if (reply.stack !== undefined) error.stack = reply.stack
  return error
}

class SqliteMirrorStore implements MirrorStore {
  readonly #writer: WriterClient
  readonly #packer = new RowPacker()
  readonly #pool = new PackPool()

  constructor(writer: WriterClient) {
    this.#writer = writer
  }

  async beginRun(accounts: readonly string[]): Promise<RunId> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a row's id becomes a RunId
    return (await this.#writer.ask('beginRun', accounts)) as RunId
  }

  async finishRun(outcome: string, accounts: readonly AccountRunRecord[]): Promise<void> {
    await this.#writer.ask('finishRun', { outcome, accounts })
  }

  async accountHistory(account: string): Promise<AccountHistory> {
    return this.#writer.ask('accountHistory', account)
  }

  async noteHistory(account: string, note: HistoryNote): Promise<void> {
    await this.#writer.ask('noteHistory', { account, note })
  }

  async recordServer(
    account: string,
    facts: { capabilities: readonly string[]; id: string | undefined },
  ): Promise<void> {
    await this.#writer.ask('recordServer', { account, ...facts })
  }

  async recordMailboxes(account: string, listed: readonly ListedMailbox[]): Promise<RecordedMailboxes> {
    return this.#writer.ask('recordMailboxes', { account, listed })
  }

  async markMailboxGone(mailbox: MailboxId): Promise<number> {
    return this.#writer.ask('markMailboxGone', mailbox)
  }

  async renameMailbox(from: MailboxId, to: MailboxId): Promise<void> {
    await this.#writer.ask('renameMailbox', { from, to })
  }

  async openEpoch(mailbox: MailboxId, uidValidity: bigint): Promise<MirroredEpoch> {
    return this.#writer.ask('openEpoch', { mailbox, uidValidity })
  }

  async presentUids(epoch: EpochId): Promise<UidSet> {
    return this.#writer.ask('presentUids', epoch)
  }

  async failures(epoch: EpochId): Promise<readonly FailureToStore[]> {
    return this.#writer.ask('failures', epoch)
  }

  async fingerprints(epoch: EpochId): Promise<readonly (readonly [number, number | undefined, number])[]> {
    return this.#writer.ask('fingerprints', epoch)
  }

  async formerMessages(epoch: EpochId): Promise<HeldMessages> {
    return this.#writer.ask('formerMessages', epoch)
  }

  async hasProviderIds(epoch: EpochId): Promise<boolean> {
    return this.#writer.ask('hasProviderIds', epoch)
  }

  async contentsByProviderId(epoch: EpochId, ids: readonly string[]): Promise<readonly (HeldContent | undefined)[]> {
    return this.#writer.ask('contentsByProviderId', { epoch, ids })
  }

  async headerProofs(contents: readonly ContentId[]): Promise<readonly (string | undefined)[]> {
    return this.#writer.ask('headerProofs', contents)
  }

  async restoreContent(content: ContentId, octets: Uint8Array): Promise<boolean> {
    return this.#writer.ask('restoreContent', { content, octets })
  }

  newBatch(epoch: EpochId): BatchBuilder {
    return new SharedBatch({
      epoch,
      pool: this.#pool,
      packer: this.#packer,
      write: (batch) => this.#writer.ask('applyBatch', batch),
    })
  }

  backpressure(): Promise<void> | undefined {
    return this.#pool.backpressure()
  }

  async applyFlags(epoch: EpochId, rows: readonly MessageRow[]): Promise<number> {
    return this.#writer.ask('applyFlags', { epoch, rows: this.#packer.pack(rows) })
  }

  async markRemoved(epoch: EpochId, uids: UidSet): Promise<number> {
    return this.#writer.ask('markRemoved', { epoch, bounds: uids.bounds })
  }

  async completePass(epoch: EpochId, cursor: Cursor, comparison: Comparison = 'changes'): Promise<void> {
    await this.#writer.ask('completePass', { epoch, cursor, comparison })
  }

  async close(): Promise<void> {
    await this.#writer.close()
  }
}
