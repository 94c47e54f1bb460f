import type { ImportFiles, ImportStore, MailText } from '../export/import-ports.ts'
import type { RestoreJournal, RestoreServer } from '../export/restore-ports.ts'
import type { Account, Config } from '../model/account.ts'
import type { DemoServer } from './demo-server.ts'

/** What main.ts hands to an import or a restore. */
export interface TransferParts {
  readonly files: ImportFiles
  readonly mail: MailText
  /** Takes the store's run lock: STORE_LOCKED (75) names who holds it. */
  readonly openStore: (config: Config, storePath: string) => Promise<ImportStore>
  /** What an import would find and do; takes no lock and writes nothing. */
  readonly preview: (config: Config, storePath: string) => ImportStore
  readonly restoreServer: (config: Config, account: Account) => RestoreServer
  /** In the account's store, beside a sync that may be running. */
  readonly openJournal: (config: Config, account: Account) => Promise<RestoreJournal & Disposable>
  /** The embedded server without any mail; its user is that of the demo. */
  readonly startEmptyServer: (password: string) => Promise<DemoServer>
}
