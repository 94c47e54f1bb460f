import type { LockHolder } from './lane.ts'

/** What an error costs: the message, the mailbox or the whole account is given up. */
export type Scope = 'message' | 'mailbox' | 'account'

/** Stable and documented; scripts and tests use these words, never the text. */
export type ErrorCode =
  | 'USAGE'
  | 'CONFIG_MISSING'
  | 'CONFIG_INVALID'
  | 'CONFIG_UNSAFE'
  | 'NO_SUCH_ACCOUNT'
  | 'NO_SUCH_MAILBOX'
  | 'NO_SUCH_MESSAGE'
  | 'NO_SUCH_RUN'
  | 'NO_SUCH_HOOK'
  | 'SERVER_UNREACHABLE'
  | 'CONNECTION_LOST'
  | 'COMMAND_REJECTED'
  | 'PROTOCOL_VIOLATION'
  | 'TLS_REFUSED'
  | 'THROTTLED'
  | 'BUDGET_SPENT'
  | 'LOGIN_REJECTED'
  | 'SECRET_UNAVAILABLE'
  | 'STORE_LOCKED'
  | 'STORE_FULL'
  | 'STORE_IO'
  | 'STORE_FOREIGN'
  | 'STORE_NEWER'
  | 'STORE_UNSAFE'
  | 'STORE_MISSING'
  | 'STORE_OUTDATED'
  | 'DAMAGED'
  | 'PRUNED'
  | 'INTERRUPTED'
  | 'NODE_TOO_OLD'

/** What a server wants that throttles: that nothing is asked for a while, that fewer connections ask, or that nothing is asked
 *  any more in this run. */
export type ThrottleKind = 'pause' | 'fewer-connections' | 'later'

export interface AppErrorOptions {
  readonly code: ErrorCode
  /** Names the attempted action and its object, lower case, no full stop. */
  readonly message: string
  /** What to do next. */
  readonly hint?: string | undefined
  /** Default: account. */
  readonly scope?: Scope
  readonly cause?: unknown
  /** The server's response code (RFC 9051 §7.1), in capitals: `NONEXISTENT`. */
  readonly responseCode?: string | undefined
  /** Of THROTTLED. */
  readonly throttle?: ThrottleKind | undefined
  /** How long to wait before trying again, where the server names it or the trouble is known to pass; milliseconds. */
  readonly retryAfterMs?: number | undefined
  /** Whatever account asks this server now would meet the same: nothing listens, no greeting, BYE in its place. */
  readonly concernsHost?: boolean
  /** When it is worth trying again, in milliseconds since 1970. */
  readonly resumesAtMs?: number | undefined
  /** Of STORE_LOCKED: who holds it, where that is known. */
  readonly holder?: LockHolder | undefined
  /** Of TLS_REFUSED: that of the certificate which is not trusted, `sha256:` and 64 hex digits. */
  readonly fingerprint?: string | undefined
}

/** Something that a user or the engine can act on. Every other error is a bug of ours and keeps its stack. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly scope: Scope
  readonly hint: string | undefined
  readonly responseCode: string | undefined
  readonly throttle: ThrottleKind | undefined
  readonly retryAfterMs: number | undefined
  readonly concernsHost: boolean
  readonly resumesAtMs: number | undefined
  readonly holder: LockHolder | undefined
  readonly fingerprint: string | undefined

  constructor({ code, message, scope = 'account', cause, concernsHost = false, ...details }: AppErrorOptions) {
    super(message, { cause })
    this.name = 'AppError'
    this.code = code
    this.scope = scope
    this.hint = details.hint
    this.responseCode = details.responseCode
    this.throttle = details.throttle
    this.retryAfterMs = details.retryAfterMs
    this.concernsHost = concernsHost
    this.resumesAtMs = details.resumesAtMs
    this.holder = details.holder
    this.fingerprint = details.fingerprint
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
