import type { Security } from '../model/account.ts'

/** Where an account's password is to come from, as the config says it. */
export type PasswordSource =
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'credential'; readonly name: string }
  | { readonly kind: 'keychain' }
  | { readonly kind: 'oauth'; readonly provider: OauthProvider }

export type OauthProvider = 'google' | 'microsoft'

/** The OAuth client that the user has registered with the provider. */
export interface NewClient {
  readonly id: string
  /** A secret. */
  readonly secret: string | undefined
  /** Microsoft's name for an organisation. */
  readonly tenant: string | undefined
}

/** What is written of a server; undefined is left out, and then the config's defaults hold. */
export interface NewServer {
  readonly host: string
  readonly port: number
  readonly security: Security
  /** undefined: the address; of SMTP, as IMAP. */
  readonly user: string | undefined
  readonly caFile: string | undefined
  readonly fingerprint: string | undefined
}

/** An account that is to be written into the config. */
export interface NewAccount {
  readonly name: string
  readonly email: string
  readonly store: string | undefined
  readonly imap: NewServer
  readonly smtp: NewServer | undefined
  readonly password: PasswordSource | undefined
  readonly oauthClient: NewClient | undefined
}
