import { AppError, messageOf } from '../model/errors.ts'
import type { ServerSettings } from '../model/account.ts'
import { isThrottle } from './command-error.ts'

/** What imapflow adds to its errors, each field checked as it is read. */
interface ErrorFields {
  readonly code: string
  readonly authenticationFailed: boolean
  readonly serverResponseCode: string | undefined
  readonly tlsFailed: boolean
  /** The server's own words. */
  readonly said: string
}

function fieldsOf(error: unknown): ErrorFields {
  const fields: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {}
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined)
  return {
    code: text('code') ?? '',
    authenticationFailed: fields['authenticationFailed'] === true,
    serverResponseCode: text('serverResponseCode')?.toUpperCase(),
    tlsFailed: fields['tlsFailed'] === true,
    said: text('response') ?? text('responseText') ?? text('reason') ?? '',
  }
}

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  CONNECT_TIMEOUT: 'it did not answer in time',
  GREETING_TIMEOUT: 'it sent no greeting in time',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  ECONNRESET: 'it reset the connection',
  EPIPE: 'it closed the connection',
}

const notNow = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG'])

/** Translates whatever ended an attempt to connect and log in. Only a definite refusal is a rejected login (F25, I20). */
export function toConnectError(error: unknown, settings: ServerSettings): AppError {
  if (error instanceof AppError) return error
  const { host, port, user, security } = settings
  const { code, authenticationFailed, serverResponseCode, tlsFailed, said } = fieldsOf(error)
  const words = said === '' ? messageOf(error) : said
  const where = `${host}:${port}`
  if (isThrottle(serverResponseCode, words) || (authenticationFailed && notNow.has(serverResponseCode ?? ''))) {
    return new AppError({
      code: 'THROTTLED',
      message: `could not log in to ${where} now: ${words}`,
      hint: 'wait a few minutes and run the command again; the password was not refused',
      cause: error,
    })
  }
  if (authenticationFailed) {
    return new AppError({
      code: 'LOGIN_REJECTED',
      message: `could not log in to ${where} as ${user}: ${words}`,
      hint: 'check user and password; many providers want an app password; it was tried once only',
      cause: error,
    })
  }
  if (tlsFailed || code === 'MissingServerExtension' || isTlsCode(code)) {
    return new AppError({
      code: 'TLS_REFUSED',
      message: `could not secure the connection to ${where} (security = "${security}"): ${words}`,
      hint: 'check `port` and `security`: 993 goes with "tls", 143 with "starttls"',
      cause: error,
    })
  }
  const why = unreachable[code]
  if (why !== undefined) {
    return new AppError({
      code: 'SERVER_UNREACHABLE',
      message: `could not reach ${where}: ${why} (${code})`,
      hint: 'check `host` and `port` in the config, and the network',
      cause: error,
    })
  }
  return brokenOff(error, { where, code, words })
}

const isTlsCode = (code: string): boolean => /^ERR_(?:SSL|TLS)|^EPROTO$|STARTTLS/.test(code)

/** The rest: the connection ended, or the server speaks something else. */
function brokenOff(error: unknown, { where, code, words }: { where: string; code: string; words: string }): AppError {
  const isProtocol = /^Parser|Invalid|Too(?:Large|Many)|Unexpected|MissingTag|Processing/.test(code)
  return new AppError({
    code: isProtocol ? 'PROTOCOL_VIOLATION' : 'SERVER_UNREACHABLE',
    message: `could not log in to ${where}: ${words}${code === '' ? '' : ` (${code})`}`,
    hint: isProtocol ? 'check that an IMAP server listens there' : 'run the command again in a moment',
    cause: error,
  })
}
