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
import { startWriter } from './writer-client.ts'
import type { WriterClient, WriterStart } from './writer-client.ts'

/** Throws what `startWriter` throws. */
export async function openMirrorStore(options: WriterStart): Promise<MirrorStore> {
  return new SqliteMirrorStore(await startWriter(options))
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
