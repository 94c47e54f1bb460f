import type { ProbedServer } from '../model/server-quirks.ts'
import type { MirroredMailbox } from './ports.ts'

/** What a plan without a run needs to know. Reads one store; never waits for a writer. */
export interface MirrorReader {
  /** The account's mailboxes that are not gone, as `recordMailboxes` would know them; none for an unknown account. */
  mirroredMailboxes(account: string): readonly MirroredMailbox[]
  /** What a probe of the account's server has found; undefined: there was none. */
  probedServer(account: string): ProbedServer | undefined
}
