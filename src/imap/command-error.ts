import { AppError } from '../model/errors.ts'
import type { AppErrorOptions } from '../model/errors.ts'
import { notConnectedHint } from './login-refusal.ts'
import { troubleIn } from './server-trouble.ts'

/** How a command ended (RFC 9051 §7.1). */
export interface Completion {
  readonly status: 'OK' | 'NO' | 'BAD'
  /** What stands in brackets, in capitals and without arguments: `NONEXISTENT`. */
  readonly responseCode: string | undefined
  /** What follows it in the brackets; empty: nothing. */
  readonly codeArguments: string
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

const completionPattern = /^(OK|NO|BAD)(?![A-Z])(?: \[([^\] ]+)([^\]]*)\])? ?(.*)$/is

export function parseCompletion(text: string): Completion | undefined {
  const match = completionPattern.exec(text)
  const status = match?.[1]?.toUpperCase()
  if (match === null || (status !== 'OK' && status !== 'NO' && status !== 'BAD')) return undefined
  return {
    status,
    responseCode: match[2]?.toUpperCase(),
    codeArguments: (match[3] ?? '').trim(),
    text: toWords(match[4] ?? ''),
  }
}

/** A command that was answered NO or BAD. The connection is good (COMMAND_REJECTED), unless the server wants less
 *  (THROTTLED) or has logged in somebody whom it cannot serve (LOGIN_REJECTED). */
export class CommandRejected extends AppError {
  /** BAD: the server does not know such a command, or did not understand it. */
  readonly isBad: boolean

  /** `attempt`, as in: could not `examine mailbox "Archive"`. */
  constructor(attempt: string, { status, responseCode, text }: Omit<Completion, 'codeArguments'>) {
    const words = [status, responseCode === undefined ? '' : `[${responseCode}]`, text].filter((word) => word !== '')
    super({
      scope: 'mailbox',
      ...detailsOf(responseCode, text, 'COMMAND_REJECTED'),
      message: `could not ${attempt}: ${words.join(' ')}`,
      responseCode,
    })
    this.isBad = status === 'BAD'
  }
}

type Details = Omit<AppErrorOptions, 'message'>

/** The code of a failure by what the server said, and what goes with it. */
function detailsOf(responseCode: string | undefined, text: string, otherwise: AppErrorOptions['code']): Details {
  const trouble = troubleIn(responseCode, text)
  if (trouble === undefined) return { code: otherwise }
  const { retryAfterMs } = trouble
  if (trouble.kind === 'not-connected') {
    return { code: 'LOGIN_REJECTED', scope: 'account', hint: notConnectedHint, retryAfterMs }
  }
  return {
    code: 'THROTTLED',
    scope: 'account',
    hint: 'the server wants fewer requests: run the command again later',
    throttle: trouble.throttle,
    retryAfterMs,
  }
}

export function lostConnection(attempt: string, why: string, cause?: unknown): AppError {
  return new AppError({
    hint: 'what was received is kept; the next run goes on from there',
    ...detailsOf(codeOf(why), why, 'CONNECTION_LOST'),
    message: `could not ${attempt}: the connection was lost: ${why}`,
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
