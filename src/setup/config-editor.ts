import type { Account, Config } from '../model/account.ts'
import type { NewAccount } from './new-account.ts'

/** A config as it would be after a change, already read and checked. */
export interface EditedConfig {
  readonly text: string
  readonly config: Config
}

/** Changes a config file by the lines of one account; comments and the order of everything else stay. Each change throws
 *  CONFIG_INVALID where its result would be no good config, or would change anything else. */
export interface ConfigEditor {
  /** As it was named; the file need not exist. */
  readonly path: string
  readonly accounts: readonly Account[]
  withAccount(account: NewAccount): EditedConfig
  withoutAccount(name: string): EditedConfig
  withRenamedAccount(from: string, to: string): EditedConfig
  /** Writes the whole file or changes nothing: one that is new gets 0600 in a folder of 0700, an old one keeps its mode. Throws
   *  CONFIG_INVALID when somebody else has changed it since it was read, STORE_IO. */
  save(edited: EditedConfig): Promise<void>
}
