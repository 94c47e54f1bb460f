import type { MirroredMailbox } from './ports.ts'

/** What a mirror holds, read without a lock and without writing: for a plan that is not carried out. */
export interface MirrorReader {
  /** Mailboxes that are not gone; none for an account that the store does not know. */
  mirroredMailboxes(account: string): readonly MirroredMailbox[]
}
