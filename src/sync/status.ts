import type { Selector } from '../model/select.ts'

/** What the mirror holds of a mailbox: the answer of `status`, from the store alone. */
export interface MailboxState {
  readonly path: string
  /** Imported mail lies there; no server has it. */
  readonly isLocal?: true
  /** undefined: never synced, or the server gives none. */
  readonly uidValidity: number | undefined
  /** Present placements. */
  readonly messages: number
  readonly removed: number
  /** Messages that the server lists and the mirror could not get; refused ones are not among them. */
  readonly failed: number
  readonly refused: number
  /** The last pass was completed and nothing has failed since. */
  readonly complete: boolean
  /** Why not. */
  readonly reason: string | undefined
  /** ISO 8601 in UTC. */
  readonly lastSyncedAt: string | undefined
  /** The server no longer has this mailbox since then. */
  readonly goneAt: string | undefined
}

/** How the last run ended for an account. */
export interface LastRun {
  /** `complete`, `incomplete`, `failed`, `interrupted`, `killed`; undefined: it has not ended. */
  readonly outcome: string | undefined
  /** ISO 8601 in UTC. */
  readonly startedAt: string
  readonly endedAt: string | undefined
  readonly error: string | undefined
}

export interface AccountState {
  readonly name: string
  /** Path of the store's file of facts. */
  readonly store: string
  readonly mailboxes: readonly MailboxState[]
  /** undefined: there was none. */
  readonly lastRun?: LastRun | undefined
}

/** Reads one store; never waits for a writer. Throws STORE_MISSING, STORE_FOREIGN, STORE_NEWER, STORE_UNSAFE, STORE_IO. */
export interface StatusReader {
  /** Mailboxes by path; gone ones last. Accounts that the store does not know have none. */
  status(accounts: readonly string[], selectors: readonly Selector[]): readonly AccountState[]
  /** When the last run ended that left the account complete, in milliseconds since 1970; undefined: none has. */
  lastCompleteMs(account: string): number | undefined
}
