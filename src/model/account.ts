import type { ChangeKind } from './change.ts'
import type { SpecialUse } from './mailbox.ts'

/** Whose servers give out access tokens to clients that their users have registered. */
export type OauthProvider = 'google' | 'microsoft'

/** Where a password or an access token comes from. Never the secret itself: that is asked for when a connection logs in. */
export type SecretSource =
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** A file in $CREDENTIALS_DIRECTORY, as systemd makes it. */
  | { readonly kind: 'credential'; readonly name: string }
  /** `entry` names user and host, so that it outlives a renaming of the account. */
  | { readonly kind: 'keychain'; readonly account: string; readonly entry: string }
  /** A person is asked: what is meant where a config says nothing. */
  | { readonly kind: 'prompt'; readonly account: string; readonly user: string }
  /** A program that prints an access token. */
  | { readonly kind: 'token-command'; readonly argv: readonly string[] }
  | {
      readonly kind: 'oauth'
      readonly account: string
      readonly provider: OauthProvider
      readonly user: string
      readonly client: OauthClient
    }

/** How a connection is protected. `none` is allowed on loopback, or with `allowPlaintext`. */
export type Security = 'tls' | 'starttls' | 'none'

export interface ServerSettings {
  readonly host: string
  readonly port: number
  readonly security: Security
  readonly allowPlaintext: boolean
  readonly user: string
  readonly password: SecretSource | undefined
  /** Path of a PEM file that is trusted instead of the system's roots. */
  readonly caFile: string | undefined
  /** `sha256:` and 64 hex digits of the certificate (DER): this certificate and no other. */
  readonly fingerprint: string | undefined
}

/** Which mailboxes are mirrored, as globs over decoded paths; exclude wins. */
export interface MailboxFilter {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** One configured server login. */
export interface Account {
  readonly name: string
  readonly email: string
  /** Absolute path of the store's file of facts. */
  readonly store: string
  /** Connections at once to this account's server; undefined: the provider's own default. */
  readonly connections: number | undefined
  readonly mailboxes: MailboxFilter
  readonly imap: ServerSettings
  readonly smtp: ServerSettings | undefined
  /** Octets that may be received in a day. */
  readonly budget: number | undefined
  /** Larger messages are recorded as refused and not fetched; octets. */
  readonly maxMessage: number | undefined
  /** Capabilities that are not used although the server offers them, in capitals. */
  readonly disable: readonly string[]
  /** Mailbox path to its role, where the server does not say. Has no prototype: any path may be looked up. */
  readonly specialUse: Readonly<Record<string, SpecialUse>>
  /** Program and arguments that print an OAuth access token. */
  readonly tokenCommand?: readonly string[] | undefined
  readonly oauthClient?: OauthClient | undefined
}

/** The OAuth client that the owner has registered with the provider. */
export interface OauthClient {
  readonly id: string
  /** A secret: never shown. */
  readonly secret: string | undefined
  readonly tenant: string | undefined
}

/** Where a hook sends changes: to a program's stdin, or as an HTTP POST that is signed with `secret`. */
export type HookTarget =
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'url'; readonly url: string; readonly secret: string | undefined }

/** Who is told of which changes; undefined restricts nothing. */
export interface Hook {
  readonly name: string
  readonly target: HookTarget
  readonly kinds: readonly ChangeKind[] | undefined
  /** A glob over decoded paths. */
  readonly mailbox: string | undefined
  readonly query: string | undefined
}

/** A whole config file after checking. */
export interface Config {
  /** Absolute path of the file that was read. */
  readonly path: string
  readonly connections: number
  readonly connectionsPerHost: number
  readonly compress: boolean | 'auto'
  readonly storeOnNetwork: boolean
  readonly hooks?: readonly Hook[] | undefined
  readonly accounts: readonly Account[]
}

/** What a command that only reads has to know of an account. */
export interface StoreAccount {
  readonly name: string
  /** Absolute path of the store's file of facts. */
  readonly store: string
}

/** What such a command has to know of a config. */
export interface StoresConfig {
  /** Absolute path of the file that was read. */
  readonly path: string
  readonly storeOnNetwork: boolean
  readonly accounts: readonly StoreAccount[]
}
