import type { OauthProvider } from '../model/account.ts'

/** Where a provider asks its users and gives out tokens. */
export interface ProviderEndpoints {
  /** For people. */
  readonly name: string
  readonly issuer: string
  readonly authorization: string
  readonly token: string
  /** undefined: it grants no access to mail by a code that is typed elsewhere. */
  readonly device: string | undefined
  readonly scope: string
  /** How the redirect names this machine: what the provider accepts with any port. */
  readonly redirectHost: '127.0.0.1' | 'localhost'
  /** What else it wants to be asked for, to give a refresh token. */
  readonly extra: Readonly<Record<string, string>>
}

export type ProviderTable = Readonly<Record<OauthProvider, (tenant: string) => ProviderEndpoints>>

/** Scopes: all that IMAP and SMTP need, and nothing else (S27). */
export const providers: ProviderTable = {
  // developers.google.com/identity/protocols/oauth2/native-app; its device flow bars the scope for mail.
  google: () => ({
    name: 'Google',
    issuer: 'https://accounts.google.com',
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    device: undefined,
    scope: 'https://mail.google.com/',
    redirectHost: '127.0.0.1',
    extra: { access_type: 'offline', prompt: 'consent' },
  }),
  // learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
  microsoft: (tenant) => ({
    name: 'Microsoft',
    issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
    authorization: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
    token: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
    device: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/devicecode`,
    scope: 'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access',
    redirectHost: 'localhost',
    extra: {},
  }),
}
