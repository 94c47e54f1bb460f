export interface BackupRequest {
  readonly store: string
  /** The snapshot's file of facts; its index lies beside it. */
  readonly snapshot: string
  /** Called between steps, with how many messages have been copied; may throw to stop. */
  readonly pause: (messages: number) => Promise<void>
}

export interface BackupOutcome {
  /** There was no snapshot before. */
  readonly isFirst: boolean
  /** What the snapshot holds now. */
  readonly messages: number
  readonly octets: number
  /** What was copied. */
  readonly newMessages: number
  readonly newOctets: number
  /** Messages that were pruned in the store, and so in the snapshot. */
  readonly pruned: number
  /** Changes up to this one were in the snapshot before, and up to that one are now. */
  readonly fromSeq: number
  readonly toSeq: number
}
