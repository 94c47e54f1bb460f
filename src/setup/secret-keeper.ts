import type { Account } from '../model/account.ts'
import type { PasswordSource } from './new-account.ts'

/** Whose password it is. */
export interface SecretOwner {
  /** The account's name in the config. */
  readonly account: string
  readonly host: string
  readonly user: string
}

/** Keeps what was typed. To be wired to the keychain and to logins by OAuth. */
export interface SecretKeeper {
  /** Why no password can be kept in the keychain; undefined: it can. Bounded in time. */
  keychainTrouble(signal: AbortSignal): Promise<string | undefined>
  /** The file that `storeSecret` would write. */
  filePath(owner: SecretOwner): string
  /** Keeps a password and says what the config is to say of it. Throws SECRET_UNAVAILABLE or STORE_IO; then it is not kept. */
  storeSecret(place: 'keychain' | 'file', owner: SecretOwner, password: string): Promise<PasswordSource>
  /** Lets a person grant access at the provider, so that the account's `{ oauth = … }` has a token from then on. The account is in
   *  no file yet. undefined: this program cannot. Throws LOGIN_REJECTED, SERVER_UNREACHABLE, INTERRUPTED. */
  readonly signIn: ((account: Account, signal: AbortSignal) => Promise<void>) | undefined
}
