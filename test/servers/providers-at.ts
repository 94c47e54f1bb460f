import type { ProviderEndpoints, ProviderTable } from '../../src/credentials/oauth-providers.ts'

/** Both providers, played by the authorization server at `url`. */
export function providersAt(url: string, issuer: string): ProviderTable {
  const endpoints = (name: string, device: string | undefined): ProviderEndpoints => ({
    name,
    issuer,
    authorization: `${url}/authorize`,
    token: `${url}/token`,
    device,
    scope: 'mail',
    redirectHost: '127.0.0.1',
    extra: { prompt: 'consent' },
  })
  return {
    google: () => endpoints('Google', undefined),
    microsoft: () => endpoints('Microsoft', `${url}/devicecode`),
  }
}
