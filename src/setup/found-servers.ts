import type { ServerAddress } from './lookup-ports.ts'
import type { OauthProvider } from './new-account.ts'

/** Where an answer came from, the most trusted first: known to this program; told over TLS by the domain, or by the public
 *  database; told by the DNS; guessed and tried. */
export type FindingSource = 'provider-table' | 'autoconfig' | 'autoconfig-database' | 'srv' | 'mx' | 'guess'

export interface FoundServer extends ServerAddress {
  /** How the server names the user; undefined: by the address. */
  readonly user: string | undefined
}

/** What one source says. Hosts and ports are checked, all else is hostile text. */
export interface Finding {
  readonly source: FindingSource
  /** For people: `autoconfig of example.org`. */
  readonly origin: string
  /** undefined: it says nothing of such a server. */
  readonly imap: FoundServer | undefined
  readonly smtp: FoundServer | undefined
  readonly provider: string | undefined
  /** What a person has to know first, such as that the provider wants an app password. */
  readonly hints: readonly string[]
  readonly oauth: OauthProvider | undefined
  /** Whether passwords are of no use. */
  readonly isOauthOnly: boolean
  /** Found by unsigned DNS, and a host outside the domain: a person has to say yes (RFC 6186 §6). */
  readonly needsConsent: boolean
}

/** What became of asking one source. */
export interface LookupOutcome {
  readonly origin: string
  readonly result: 'found' | 'nothing' | 'failed'
  /** Of `failed`. */
  readonly why: string | undefined
}

export interface Discovery {
  /** The best one first. */
  readonly findings: readonly Finding[]
  readonly outcomes: readonly LookupOutcome[]
}
