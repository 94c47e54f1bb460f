import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'

/** How a command ended (RFC 9051 §7.1). */
export interface Completion {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** What stands in brackets, in capitals and without arguments: `NONEXISTENT`. */
  readonly responseCode: string | undefined
  /** The rest of the line. */
  readonly text: string
}

const completionPattern = /^(OK|NO|BAD)(?: \[([^\] ]+)[^\]]*\])? ?(.*)$/is

export function parseCompletion(text: string): Completion | undefined {
  const match = completionPattern.exec(text)
  const status = match?.[1]?.toUpperCase()
  if (match === null || (status !== 'OK' && status !== 'NO' && status !== 'BAD')) return undefined
  return { status, responseCode: match[2]?.toUpperCase(), text: (match[3] ?? '').trim() }
}

/** Words by which servers say "not now", whatever the response code (F25, F28, F29). */
const throttleText =
  /throttl|too many (?:simultaneous |concurrent )?(?:connections|requests|logins|commands)|rate limit|try again later|backoff time|bandwidth limit|over ?quota.*download/i
const throttleCodes = new Set(['THROTTLED', 'LIMIT', 'OVERQUOTA'])

export function isThrottle(responseCode: string | undefined, text: string): boolean {
  return (responseCode !== undefined && throttleCodes.has(responseCode)) || throttleText.test(text)
}

/** A command that was answered NO or BAD. `attempt`, as in: could not `examine mailbox "Archive"`. */
export function rejectedCommand(attempt: string, { status, responseCode, text }: Completion): AppError {
  const words = [status, responseCode === undefined ? '' : `[${responseCode}]`, text].filter((word) => word !== '')
  const isThrottled = isThrottle(responseCode, text)
  return new AppError({
    code: isThrottled ? 'THROTTLED' : 'COMMAND_REJECTED',
    scope: isThrottled ? 'account' : 'mailbox',
    message: `could not ${attempt}: ${words.join(' ')}`,
    hint: isThrottled ? 'the server wants fewer requests: run the command again later' : undefined,
    responseCode,
  })
}

export function lostConnection(attempt: string, why: string, cause?: unknown): AppError {
  const code: ErrorCode = isThrottle(undefined, why) ? 'THROTTLED' : 'CONNECTION_LOST'
  return new AppError({
    code,
    message: `could not ${attempt}: the connection was lost: ${why}`,
    hint: 'what was received is kept; the next run goes on from there',
    cause,
  })
}

export function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted' })
}
