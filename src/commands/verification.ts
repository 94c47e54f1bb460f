import type { Config } from '../model/account.ts'
import type { AppError } from '../model/errors.ts'
import type { Damage } from '../sync/audit.ts'
import type { MailboxDifference, Unchecked } from '../sync/verify-server.ts'
import type { CommandContext } from './context.ts'
import type { OpenAuditor } from './store-reader.ts'
import type { Selection } from './select-accounts.ts'

export interface VerifyFlags {
  readonly server?: true
  /** 0 < x ≤ 1. */
  readonly sample?: number
  readonly repair?: true
}

/** Numbers of messages are a store's own. */
export interface FoundDamage extends Damage {
  readonly store: string
}

/** What a check has found, after the repair if there was one. */
export interface Verification {
  readonly contents: number
  readonly placements: number
  /** Messages that were removed for good. */
  readonly pruned: number
  /** Octets of contents that were read. */
  readonly octets: number
  readonly damaged: readonly FoundDamage[]
  /** undefined: the server was not asked. */
  readonly bodies: number | undefined
  readonly differences: readonly MailboxDifference[]
  readonly unchecked: readonly Unchecked[]
  readonly repaired: number
  /** Of several stores, those that could not be opened. */
  readonly unreadable: readonly AppError[]
}

/** What `verify` works with. */
export interface Check {
  readonly context: CommandContext
  readonly config: Config
  readonly selection: Selection
  readonly flags: VerifyFlags
  readonly auditors: ReadonlyMap<string, OpenAuditor>
  readonly unreadable: readonly AppError[]
}
