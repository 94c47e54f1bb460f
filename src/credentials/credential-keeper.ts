import type { CredentialKeeper } from '../model/secrets.ts'
import type { Grants } from './grants.ts'
import type { Keychain } from './keychain.ts'
import { checkPassword } from './password-text.ts'

export function createCredentialKeeper(keychain: Keychain, grants: () => Promise<Grants>): CredentialKeeper {
  return {
    keepPassword: async (entry, password) => keychain.store(entry, checkPassword(password, 'the terminal')),
    forgetPassword: async (entry) => keychain.remove(entry),
    grant: async (login, dialog, options) => (await grants()).grant(login, dialog, options),
    forgetGrant: async (login, signal) => (await grants()).forget(login, signal),
  }
}
