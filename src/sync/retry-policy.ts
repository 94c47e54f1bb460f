import type { AppError, ErrorCode } from '../model/errors.ts'

/** What a failure leaves: `rejected`, a connection that is good; `lost`, none, and the next may do better; `throttled`, a
 *  server that wants less; `login`, a password that is not tried again (F24); `permanent`, nothing in this run. */
export type FailureKind = 'rejected' | 'lost' | 'throttled' | 'login' | 'permanent'

const kinds: Partial<Readonly<Record<ErrorCode, FailureKind>>> = {
  COMMAND_REJECTED: 'rejected',
  SERVER_UNREACHABLE: 'lost',
  CONNECTION_LOST: 'lost',
  PROTOCOL_VIOLATION: 'lost',
  THROTTLED: 'throttled',
  LOGIN_REJECTED: 'login',
  SECRET_UNAVAILABLE: 'login',
}

export function failureKind({ code }: AppError): FailureKind {
  return kinds[code] ?? 'permanent'
}

/** Attempts in a row, the first included. */
const maxAttempts: Readonly<Record<FailureKind, number>> = {
  rejected: 1,
  lost: 3,
  throttled: 4,
  login: 2,
  permanent: 1,
}
const firstLostMs = 500
const firstThrottledMs = 2000
/** F32. */
const maxDelayMs = 5 * 60 * 1000
/** Nobody comes back before the instant that the server named, and not all at once after it. */
const statedJitter = 0.05

export interface FailedAttempt {
  /** 1 for the first; failures of the same kind in a row. */
  readonly attempt: number
  readonly error: AppError
  /** 0 ≤ x < 1. */
  readonly random: number
  /** How long the run may still wait, in milliseconds. */
  readonly leftMs: number
}

/** How long to wait before the next attempt, in milliseconds; undefined: give up. A wait that the server names is honoured to
 *  the end or not begun (F28). */
export function retryDelayMs({ attempt, error, random, leftMs }: FailedAttempt): number | undefined {
  const kind = failureKind(error)
  if (attempt >= maxAttempts[kind] || error.throttle === 'later') return undefined
  // A definite refusal of the password: once is enough (F24).
  if (kind === 'login' && error.retryAfterMs === undefined) return undefined
  const delayMs =
    error.retryAfterMs === undefined
      ? backOffMs(attempt, random, kind === 'throttled' ? firstThrottledMs : firstLostMs)
      : Math.ceil(error.retryAfterMs * (1 + statedJitter * random))
  return delayMs <= leftMs ? delayMs : undefined
}

export function isTransient(error: AppError): boolean {
  return failureKind(error) === 'lost'
}

/** The wait after the attempt-th failure in a row: exponential, with full jitter. */
export function backOffMs(attempt: number, random: number, firstMs = firstLostMs): number {
  const ceiling = Math.min(maxDelayMs, firstMs * 2 ** (attempt - 1))
  return Math.round(ceiling * random)
}
