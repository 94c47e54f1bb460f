import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Grants } from '../../src/credentials/grants.ts'
import type { GrantsOptions } from '../../src/credentials/grants.ts'
import type { GrantDialog, OauthLogin } from '../../src/model/secrets.ts'
import { tryFileLock } from '../../src/store/file-lock.ts'
import type { ProviderTable } from '../../src/credentials/oauth-providers.ts'
import { absentKeychain } from './temporary-secrets.ts'

export const login: OauthLogin = {
  account: 'ada',
  provider: 'microsoft',
  user: 'ada@example.org',
  client: { id: 'client', secret: undefined, tenant: 'example.org' },
}

export const oauthSource = { kind: 'oauth', ...login } as const

/** Access kept in a folder of its own, on a machine without a keychain; waits are cut to nothing. */
export function openGrants(
  folder: string,
  server: { readonly providers: ProviderTable },
  options: Partial<GrantsOptions> = {},
): Grants {
  return new Grants({
    folder: join(folder, 'access'),
    keychain: absentKeychain,
    tryLock: tryFileLock,
    delay: () => wait(1),
    providers: server.providers,
    ...options,
  })
}

/** A person who goes where the provider sends the browser. */
export const obedient: GrantDialog = {
  way: 'loopback',
  show: async ({ url }) => {
    void fetch(url).then((response) => response.text())
    return Promise.resolve()
  },
  askAddress: () => Promise.reject(new Error('asked for an address')),
}
