import type { ServerSettings } from '../model/account.ts'
import { AppError, messageOf } from '../model/errors.ts'
import type { AppErrorOptions } from '../model/errors.ts'

/** What nodemailer adds to its errors, each field checked as it is read. */
export interface SmtpTrouble {
  /** As nodemailer calls it: `EAUTH`, `ESOCKET`. */
  readonly code: string
  /** Of the system: `ECONNREFUSED`. */
  readonly systemCode: string
  /** Of the server's reply; undefined: it was not a reply. */
  readonly status: number | undefined
  /** The command that it answered. */
  readonly command: string
  /** The server's words, bounded; else those of the error. */
  readonly words: string
}

const mostCharacters = 500

export function troubleOf(error: unknown): SmtpTrouble {
  const fields: Readonly<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {}
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '')
  const status = fields['responseCode']
  return {
    code: text('code'),
    systemCode: text('originalCode'),
    status: typeof status === 'number' && status >= 400 && status < 600 ? status : undefined,
    command: text('command'),
    words: replyWords(text('response') === '' ? messageOf(error) : text('response')),
  }
}

/** A reply of several lines as one, cut where it is long. */
export function replyWords(reply: string): string {
  const line = reply.replaceAll(/\s*\r?\n\d{3}[ -]/g, ' ').trim()
  return line.length > mostCharacters ? `${line.slice(0, mostCharacters)}…` : line
}

/** A server that is asked too much says so in many ways; none is a refused password (F25, F95). */
const notNow = /too (?:many|much)|try (?:again|later)|temporar|throttl|rate limit|\b4\.[37]\.\d+\b/i

/** Whether it may pass by itself. */
export function isPassing({ status, words }: SmtpTrouble): boolean {
  return status !== undefined && (status < 500 || (status !== 535 && notNow.test(words)))
}

/** Words at a recipient that are about whoever sends: anybody else would hear them now. Grey lists and full mailboxes are not meant. */
export function isAboutPace({ status, words }: SmtpTrouble): boolean {
  return status !== undefined && status < 500 && !/\b4\.5\.3\b/.test(words) && tooFast.test(words)
}

const tooFast = /too (?:many|much)|throttl|rate limit|slow down/i

type Explanation = Omit<AppErrorOptions, 'cause'>

/** Translates what ended an attempt to connect or to log in. Nothing of it holds the password (S08). */
export function toSmtpError(
  error: unknown,
  { host, port, user }: ServerSettings,
  secrets: readonly string[],
): AppError {
  if (error instanceof AppError) return error
  const trouble = troubleOf(error)
  const { message, ...rest } = explain(trouble, { where: `${host}:${port}`, user })
  return new AppError({
    ...rest,
    message: secrets.reduce((text, secret) => text.replaceAll(secret, '(secret)'), message),
  })
}

interface Place {
  readonly where: string
  readonly user: string
}

function explain(trouble: SmtpTrouble, { where, user }: Place): Explanation {
  const { code, status, command, words } = trouble
  if (code === 'ETLS') return explainNetwork(trouble, where)
  if (isPassing(trouble)) {
    return {
      code: 'THROTTLED',
      message: `could not send by ${where} now: ${words}`,
      hint: 'it is tried again later; the password was not refused',
    }
  }
  if (code === 'EAUTH' || command.startsWith('AUTH')) {
    return {
      code: status === undefined && code !== 'EAUTH' ? 'CONNECTION_LOST' : 'LOGIN_REJECTED',
      message: `could not log in to ${where} as ${user}: ${words}`,
      hint: 'check `user` and `password` of [accounts.NAME.smtp] (default: those of imap); some providers want a password made for mail programs',
    }
  }
  if (status !== undefined)
    return {
      code: 'COMMAND_REJECTED',
      message: `could not send by ${where}: ${words}`,
      hint: 'the server refuses this machine or this name',
    }
  return explainNetwork(trouble, where)
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'the name could not be looked up'],
  ['EHOSTUNREACH', 'there is no way to it'],
  ['ENETUNREACH', 'there is no network'],
  ['ECONNRESET', 'it reset the connection'],
  ['EPIPE', 'it closed the connection'],
])

function explainNetwork({ code, systemCode, words }: SmtpTrouble, where: string): Explanation {
  if (code === 'ETLS')
    return {
      code: 'TLS_REFUSED',
      message: `could not secure the connection to ${where}: ${words}`,
      hint: 'check `port` and `security` in the config: 465 goes with "tls", 587 with "starttls"',
    }
  if (code === 'EPROTOCOL')
    return {
      code: 'PROTOCOL_VIOLATION',
      message: `could not understand ${where}: ${words}`,
      hint: 'check `port` and `security` in the config: 465 goes with "tls", 587 with "starttls"',
    }
  const isTls = /\b(?:ssl|tls)\b/i.test(words) && /version|protocol|handshake|packet/i.test(words)
  return {
    code: isTls ? 'TLS_REFUSED' : 'SERVER_UNREACHABLE',
    message: `could not connect to ${where}: ${reasons.get(systemCode) ?? reasons.get(code) ?? words}`,
    hint: isTls
      ? 'check `port` and `security` in the config: 465 goes with "tls", 587 with "starttls"'
      : 'check host and port in the config, and the network',
    concernsHost: true,
  }
}
