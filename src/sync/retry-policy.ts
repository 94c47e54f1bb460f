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

/** How long to wait before the next attempt, in milliseconds; undefined: give up. Exponential with full jitter. */
export function retryDelayMs({ attempt, error, random }: FailedAttempt): number | undefined {
  if (!transient.has(error.code) || attempt >= maxAttempts) return undefined
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1))
  return Math.round(ceiling * random)
}
