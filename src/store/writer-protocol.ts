import type { ErrorCode } from '../model/errors.ts'
import type { LockHolder, LockWait, ThreadTimes, WriterCost } from '../model/lane.ts'
import type { ListedMailbox } from '../model/mailbox.ts'
import type { UidSet } from '../model/uid-set.ts'
import type {
  AccountHistory,
  AccountRunRecord,
  BatchOutcome,
  ContentId,
  Comparison,
  Cursor,
  FailureToStore,
  HeldContent,
  HeldMessages,
  HistoryNote,
  MirroredEpoch,
  RecordedMailboxes,
} from '../sync/ports.ts'
import type { LocalEpoch, PlacedContent } from './write-local.ts'

/** Messages of a batch, column by column: cheap to hand over. Row i's octets are `pack[starts[i] .. starts[i+1])`. */
export interface PackedBatch {
  readonly epoch: number
  readonly pack: SharedArrayBuffer
  readonly starts: Uint32Array
  readonly rows: PackedRows
  /** Messages whose octets are held: their rows, and the contents that they are. */
  readonly linkedRows: PackedRows
  readonly linkedContents: readonly ContentId[]
  readonly failures: readonly FailureToStore[]
}

/** Rows column by column. `flags`, `keywords` and `labels` are JSON as stored; an absent value is null. */
export interface PackedRows {
  readonly uids: Uint32Array
  /** null: flags were not told. */
  readonly flags: readonly (string | null)[]
  readonly keywords: readonly (string | null)[]
  readonly labels: readonly (string | null)[]
  readonly modseqs: readonly (bigint | null)[]
  readonly dates: readonly (number | null)[]
  readonly dateOffsets: readonly (number | null)[]
  readonly dateTexts: readonly (string | null)[]
  readonly sizes: readonly (number | null)[]
  readonly providerIds: readonly (string | null)[]
  readonly threadIds: readonly (string | null)[]
}

/** What the writer does, by name: its arguments and its answer. */
export interface WriterOperations {
  beginRun: { readonly arguments: readonly string[]; readonly answer: number }
  finishRun: {
    readonly arguments: { readonly outcome: string; readonly accounts: readonly AccountRunRecord[] }
    readonly answer: void
  }
  accountHistory: { readonly arguments: string; readonly answer: AccountHistory }
  noteHistory: { readonly arguments: { readonly account: string; readonly note: HistoryNote }; readonly answer: void }
  recordServer: {
    readonly arguments: {
      readonly account: string
      readonly capabilities: readonly string[]
      readonly id: string | undefined
    }
    readonly answer: void
  }
  recordMailboxes: {
    readonly arguments: { readonly account: string; readonly listed: readonly ListedMailbox[] }
    readonly answer: RecordedMailboxes
  }
  markMailboxGone: { readonly arguments: number; readonly answer: number }
  renameMailbox: { readonly arguments: { readonly from: number; readonly to: number }; readonly answer: void }
  openEpoch: {
    readonly arguments: { readonly mailbox: number; readonly uidValidity: bigint }
    readonly answer: MirroredEpoch
  }
  presentUids: { readonly arguments: number; readonly answer: UidSet }
  failures: { readonly arguments: number; readonly answer: readonly FailureToStore[] }
  fingerprints: {
    readonly arguments: number
    readonly answer: readonly (readonly [uid: number, seconds: number | undefined, octets: number])[]
  }
  formerMessages: { readonly arguments: number; readonly answer: HeldMessages }
  hasProviderIds: { readonly arguments: number; readonly answer: boolean }
  contentsByProviderId: {
    readonly arguments: { readonly epoch: number; readonly ids: readonly string[] }
    readonly answer: readonly (HeldContent | undefined)[]
  }
  headerProofs: { readonly arguments: readonly ContentId[]; readonly answer: readonly (string | undefined)[] }
  restoreContent: {
    readonly arguments: { readonly content: number; readonly octets: Uint8Array }
    readonly answer: boolean
  }
  openLocal: {
    readonly arguments: { readonly account: string; readonly path: string }
    readonly answer: LocalEpoch
  }
  placedIn: {
    readonly arguments: { readonly epoch: number; readonly hashes: readonly string[] }
    readonly answer: readonly (PlacedContent | null)[]
  }
  completeLocal: { readonly arguments: number; readonly answer: void }
  applyBatch: { readonly arguments: PackedBatch; readonly answer: BatchOutcome }
  applyFlags: { readonly arguments: { readonly epoch: number; readonly rows: PackedRows }; readonly answer: number }
  markRemoved: {
    readonly arguments: { readonly epoch: number; readonly bounds: Uint32Array }
    readonly answer: number
  }
  completePass: {
    readonly arguments: { readonly epoch: number; readonly cursor: Cursor; readonly comparison?: Comparison }
    readonly answer: void
  }
}

export type OperationName = keyof WriterOperations

/** What is left of an operation once that is done which needs no transaction. */
export interface Work<Answer> {
  /** Called inside a transaction; once more if that transaction had to be rolled back. */
  run(): Answer
  /** Told what part of the commit it has caused, before its answer is sent, where that says what it cost. */
  committed?(part: Pick<WriterCost, 'commitMicros' | 'commits'>): void
}

/** The functions behind the names. */
export type WriterHandlers = {
  readonly [Name in OperationName]: (
    argument: WriterOperations[Name]['arguments'],
  ) => Work<WriterOperations[Name]['answer']>
}

/** `close` is answered when everything before it has been. */
export interface WriterRequest {
  readonly id: number
  readonly name: OperationName | 'close'
  readonly argument: unknown
}

export type WriterReply =
  /** `cost`: where the answer does not tell it. */
  | { readonly id: number; readonly ok: true; readonly answer: unknown; readonly cost?: WriterCost }
  | {
      readonly id: number
      readonly ok: false
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly hint: string | undefined
      readonly holder: LockHolder | undefined
      readonly stack: string | undefined
    }

/** What the writer tells unasked. */
export type WriterNote = { readonly wait: LockWait } | { readonly times: ThreadTimes }

/** What the thread is started with; it answers with a reply of id 0 when the store is open. */
export interface WriterOptions {
  readonly path: string
  readonly allowNetwork: boolean
  readonly version: string
  readonly compress: boolean
}
