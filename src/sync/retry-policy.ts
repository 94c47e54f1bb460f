import type { AppError, ErrorCode } from '../model/errors.ts'

/** Failures that the next attempt may not meet. Everything else is final for this run (F24: a password is tried once). */
const transient: ReadonlySet<ErrorCode> = new Set(['SERVER_UNREACHABLE', 'CONNECTION_LOST', 'PROTOCOL_VIOLATION'])

const maxAttempts = 3
const firstDelayMs = 500
/** F32. */
const maxDelayMs = 5 * 60 * 1000

export interface FailedAttempt {
  /** 1 for the first. */
  readonly attempt: number
  readonly error: AppError
  /** 0 ≤ x < 1. */
  readonly random: number
}

/** How long to wait before the next attempt, in milliseconds; undefined: give up. */
export function retryDelayMs({ attempt, error, random }: FailedAttempt): number | undefined {
  return isTransient(error) && attempt < maxAttempts ? backOffMs(attempt, random) : undefined
}

export function isTransient(error: AppError): boolean {
  return transient.has(error.code)
}

/** The wait after the attempt-th failure in a row: exponential, with full jitter. */
export function backOffMs(attempt: number, random: number): number {
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1))
  return Math.round(ceiling * random)
}
