import type { ImportFiles, ImportStore, MailText } from '../export/import-ports.ts'
import type { Config } from '../model/account.ts'

/** What main.ts hands to an import or a restore. */
export interface TransferParts {
  readonly files: ImportFiles
  readonly mail: MailText
  /** Takes the store's run lock: STORE_LOCKED (75) names who holds it. */
  readonly openStore: (config: Config, storePath: string) => Promise<ImportStore>
  /** What an import would find and do; takes no lock and writes nothing. */
  readonly preview: (config: Config, storePath: string) => ImportStore
}
