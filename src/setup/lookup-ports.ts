import type { Security } from '../model/account.ts'

/** An SRV record (RFC 2782). The target is as it came, without the dot at its end; empty: the service is not offered. */
export interface SrvRecord {
  readonly target: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** Asks the DNS, whose answers are not signed and not to be trusted. Each function resolves with nothing where there is no such
 *  record, and rejects where nobody answered or the signal fired. */
export interface DnsLookup {
  srv(name: string, signal: AbortSignal): Promise<readonly SrvRecord[]>
  /** Mail exchangers, the preferred one first. */
  mx(domain: string, signal: AbortSignal): Promise<readonly string[]>
  hasAddress(host: string, signal: AbortSignal): Promise<boolean>
}

/** Fetches small texts by HTTPS; the certificate must be valid. */
export interface TextFetcher {
  /** undefined: there is none (any status but 200). Rejects for all else: no host, no answer in time, a bad certificate, more than
   *  64 KB, a redirect that leaves HTTPS. */
  fetchText(url: string, signal: AbortSignal): Promise<string | undefined>
}

export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly security: Security
}

/** How certificates are trusted where the system's roots do not say it. */
export interface CertificateTrust {
  readonly caFile: string | undefined
  readonly fingerprint: string | undefined
}

/** Connects without logging in. */
export interface ServerProbe {
  /** What an IMAP server offers before the login, in capitals. Throws SERVER_UNREACHABLE, TLS_REFUSED (with the fingerprint of a
   *  certificate that is not trusted), PROTOCOL_VIOLATION, CONFIG_INVALID for a `ca-file` that cannot be read, INTERRUPTED. */
  capabilities(server: ServerAddress, trust: CertificateTrust, signal: AbortSignal): Promise<ReadonlySet<string>>
}
