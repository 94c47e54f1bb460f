import type { SecretSource } from './account.ts'

/** Hands out passwords when a connection logs in. */
export interface Secrets {
  /** Throws SECRET_UNAVAILABLE (account) or INTERRUPTED; never an empty password for one that cannot be had. */
  password(source: SecretSource, signal: AbortSignal): Promise<string>
}
