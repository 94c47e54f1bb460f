import { AppError } from '../model/errors.ts'
import type { ErrorCode } from '../model/errors.ts'

/** How a command ended (RFC 9051 §7.1). */
export interface Completion {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** What stands in brackets, in capitals and without arguments: `NONEXISTENT`. */
  readonly responseCode: string | undefined
  /** The rest of the line, for people. */
  readonly text: string
}

const maxWords = 500

/** What a server said, one character per octet, as people read it: UTF-8 (RFC 9051 §7.1), and not without end. */
export function toWords(text: string): string {
  return cutWords(Buffer.from(text.slice(0, maxWords * 4), 'latin1').toString('utf8'))
}

/** Not without end. */
export function cutWords(text: string): string {
  const words = text.trim()
  return words.length > maxWords ? `${words.slice(0, maxWords)}…` : words
}

const completionPattern = /^(OK|NO|BAD)(?![A-Z])(?: \[([^\] ]+)[^\]]*\])? ?(.*)$/is

export function parseCompletion(text: string): Completion | undefined {
  const match = completionPattern.exec(text)
  const status = match?.[1]?.toUpperCase()
  if (match === null || (status !== 'OK' && status !== 'NO' && status !== 'BAD')) return undefined
  return { status, responseCode: match[2]?.toUpperCase(), text: toWords(match[3] ?? '') }
}

/** Words by which servers ask for fewer requests, whatever the response code (F28, F29). Not "try again later": servers say
 *  that of a single message which they will never render, and one message must not stop an account (F75, F104). */
const throttleText =
  /throttl|rate.?limit|backoff time|(?:bandwidth|connections?|commands?|requests?) limits?\b|over ?quota.*download|maximum number of (?:simultaneous |concurrent )?connections|too many (?:(?:simultaneous|concurrent|open|active|failed|bad|invalid|recent) )*(?:connections|requests|logins?|sessions|commands|attempts|auth)/i
const throttleCodes = new Set(['THROTTLED', 'OVERQUOTA'])

export function isThrottle(responseCode: string | undefined, text: string): boolean {
  return (responseCode !== undefined && throttleCodes.has(responseCode)) || throttleText.test(text)
}

/** A command that was answered NO or BAD. The connection is good, unless the server wants fewer requests. */
export class CommandRejected extends AppError {
  /** BAD: the server does not know such a command, or did not understand it. */
  readonly isBad: boolean

  /** `attempt`, as in: could not `examine mailbox "Archive"`. */
  constructor(attempt: string, { status, responseCode, text }: Completion) {
    const words = [status, responseCode === undefined ? '' : `[${responseCode}]`, text].filter((word) => word !== '')
    const isThrottled = isThrottle(responseCode, text)
    super({
      code: isThrottled ? 'THROTTLED' : 'COMMAND_REJECTED',
      scope: isThrottled ? 'account' : 'mailbox',
      message: `could not ${attempt}: ${words.join(' ')}`,
      hint: isThrottled ? 'the server wants fewer requests: run the command again later' : undefined,
      responseCode,
    })
    this.isBad = status === 'BAD'
  }
}

export function lostConnection(attempt: string, why: string, cause?: unknown): AppError {
  const code: ErrorCode = isThrottle(codeOf(why), why) ? 'THROTTLED' : 'CONNECTION_LOST'
  return new AppError({
    code,
    message: `could not ${attempt}: the connection was lost: ${why}`,
    hint: 'what was received is kept; the next run goes on from there',
    cause,
  })
}

/** The response code that stands in a text (RFC 9051 §7.1), in capitals and without arguments. */
function codeOf(text: string): string | undefined {
  return /\[([^\] ]+)[^\]]*\]/.exec(text)?.[1]?.toUpperCase()
}

export function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted' })
}
