import type { Account } from '../model/account.ts'
import type { MailSource } from '../sync/ports.ts'

/** Dispose it when the run has ended: then the transcript is whole. */
export interface RecordedSource extends MailSource, Disposable {
  /** Asks on a terminal for the passwords that the config does not name, before a screen is drawn; elsewhere nothing happens.
   *  Throws INTERRUPTED when the person gives up. */
  askPasswords(accounts: readonly Account[], signal: AbortSignal): Promise<void>
  /** Why the transcript is not whole; undefined: it is, or there is none. */
  readonly trouble: string | undefined
}
