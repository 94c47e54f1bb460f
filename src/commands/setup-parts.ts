import type { Account, Config } from '../model/account.ts'
import type { ConfigEditor } from '../setup/config-editor.ts'
import type { DiscoveryPorts } from '../setup/discover-servers.ts'
import type { SecretKeeper } from '../setup/secret-keeper.ts'
import type { MailSource } from '../sync/ports.ts'

/** What main.ts hands to the commands that change the config. */
export interface SetupParts {
  readonly lookup: Omit<DiscoveryPorts, 'limit'>
  readonly editor: ConfigEditor
  readonly secrets: SecretKeeper
  /** Logs in with a password that was typed just now; undefined: with what the config says. */
  readonly openSource: (config: Config, typed: string | undefined) => MailSource
  /** Sends nothing: only connects and logs in. */
  readonly testSmtp: (account: Account, typed: string | undefined, signal: AbortSignal) => Promise<void>
  /** False: the store has no mirror of it. Throws STORE_LOCKED, USAGE when the new name is taken. */
  readonly renameMirror: (config: Config, account: Account, to: string) => boolean
  /** False: there is no store. Throws STORE_LOCKED, USAGE when the store holds the mirror of another account too. */
  readonly deleteMirror: (config: Config, account: Account) => boolean
}
