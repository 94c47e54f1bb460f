import type { ChangeKind } from '../../src/model/change.ts'
import type { Cursor, FailureToStore } from '../../src/sync/ports.ts'

/** What a mirror holds, in plain values that can be compared: no numbers of rows, no instants. */
export interface MirrorState {
  readonly mailboxes: readonly MailboxContents[]
  readonly changes: readonly RecordedChange[]
  readonly runs: readonly RecordedRun[]
}

export interface MailboxContents {
  readonly account: string
  readonly path: string
  readonly gone: boolean
  /** By uidValidity. */
  readonly epochs: readonly EpochContents[]
}

export interface EpochContents {
  readonly uidValidity: bigint
  readonly state: 'building' | 'current' | 'retired'
  readonly cursor: Cursor | undefined
  /** By UID, removed ones too. */
  readonly placements: readonly PlacementContents[]
  readonly failures: readonly FailureToStore[]
}

export interface PlacementContents {
  readonly uid: number
  readonly sha256: string
  readonly octets: number
  readonly flags: readonly string[]
  readonly keywords: readonly string[]
  readonly labels: readonly string[] | undefined
  readonly modseq: bigint | undefined
  readonly seconds: number | undefined
  readonly removed: boolean
}

export interface RecordedChange {
  readonly kind: ChangeKind
  readonly account: string
  readonly mailbox: string
  readonly uidValidity: number | undefined
  readonly uid: number | undefined
}

export interface RecordedRun {
  readonly outcome: string | undefined
  readonly accounts: readonly { readonly account: string; readonly outcome: string | undefined }[]
}
