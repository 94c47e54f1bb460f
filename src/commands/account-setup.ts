import type { Finding } from '../setup/found-servers.ts'
import type { NewServer } from '../setup/new-account.ts'
import type { Questions } from '../ui/questions.ts'
import type { AddFlags } from './account-options.ts'
import type { CommandContext } from './context.ts'
import type { SetupParts } from './setup-parts.ts'

/** What the steps of `account add` share. */
export interface AccountSetup {
  readonly context: CommandContext
  readonly parts: SetupParts
  readonly flags: AddFlags
  /** undefined: there is nobody to ask, options have to say everything. */
  readonly questions: Questions | undefined
  readonly email: string
  readonly name: string
}

/** The servers of an account, and who named them. */
export interface ChosenServers {
  readonly imap: NewServer
  readonly smtp: NewServer | undefined
  /** undefined: the user did. */
  readonly finding: Finding | undefined
}

/** The usual case: whatever the system trusts. */
export const usualTrust = { caFile: undefined, fingerprint: undefined }
