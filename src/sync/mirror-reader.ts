import type { MirroredMailbox } from './ports.ts'

/** What a plan without a run needs to know. Reads one store; never waits for a writer. */
export interface MirrorReader {
  /** The account's mailboxes that are not gone, as `recordMailboxes` would know them; none for an unknown account. */
  mirroredMailboxes(account: string): readonly MirroredMailbox[]
}
