import type { ServerSettings } from '../model/account.ts'
import { AppError, messageOf } from '../model/errors.ts'
import type { LoginSecret } from '../model/secrets.ts'
import { cutWords } from './command-error.ts'
import { explainLogin, isNotNow, noMechanism } from './login-refusal.ts'
import type { Explanation } from './login-refusal.ts'
import { troubleIn } from './server-trouble.ts'

/** What imapflow adds to its errors, each field checked as it is read. */
interface ErrorFields {
  readonly code: string
  readonly authenticationFailed: boolean
  readonly responseCode: string | undefined
  readonly tlsFailed: boolean
  /** The server's own words with status and response code, else those of the error. */
  readonly words: string
  /** Why the server said BYE. */
  readonly bye: string | undefined
  /** An access token was sent, and no password. */
  readonly isByToken: boolean
}

function fieldsOf(error: unknown, settings: ServerSettings, secret: LoginSecret | undefined): ErrorFields {
  const secrets = formsOf(secret, settings)
  const fields: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {}
  const text = (name: string): string | undefined => {
    const value = fields[name]
    return typeof value === 'string' ? withoutSecrets(value, secrets) : undefined
  }
  const responseCode = text('serverResponseCode')?.toUpperCase()
  const said = [
    text('responseStatus'),
    responseCode === undefined ? undefined : `[${responseCode}]`,
    text('responseText') ?? (fields['responseStatus'] === undefined ? text('response') : undefined),
  ].filter((word) => word !== undefined && word !== '')
  return {
    code: text('code') ?? '',
    authenticationFailed: fields['authenticationFailed'] === true,
    responseCode,
    tlsFailed: fields['tlsFailed'] === true,
    words: cutWords(said.length > 0 ? said.join(' ') : withoutSecrets(messageOf(error), secrets)),
    // OpenSSL's errors have a reason too.
    bye: isClosed.test(text('code') ?? '') ? text('reason') : undefined,
    isByToken: secret?.kind === 'token',
  }
}

const isClosed = /^(?:NoConnection|ClosedAfterConnect(?:Text|TLS))$/

/** Some servers repeat in their answer what they were sent (S08). */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text)
}

/** A secret in the forms in which it goes out. Very short ones cannot be told from other words. */
function formsOf(secret: LoginSecret | undefined, settings: ServerSettings): readonly string[] {
  if (secret === undefined) return []
  const forms =
    secret.kind === 'password' ? passwordForms(secret.password, settings) : tokenForms(secret.token, settings)
  return forms.filter(({ length }) => length > 2)
}

function passwordForms(password: string, { user }: ServerSettings): readonly string[] {
  const quoted = password.replaceAll(/["\\]/g, String.raw`\$&`)
  const encoded = [password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString('base64'))
  return [quoted, password, ...encoded]
}

/** XOAUTH2, and OAUTHBEARER (RFC 7628 §3.1). */
function tokenForms(token: string, { user, host, port }: ServerSettings): readonly string[] {
  const sayable = user.replaceAll('=', '=3D').replaceAll(',', '=2C')
  const encoded = [
    token,
    `user=${user}\u0001auth=Bearer ${token}\u0001\u0001`,
    `n,a=${sayable},\u0001host=${host}\u0001port=${port}\u0001auth=Bearer ${token}\u0001\u0001`,
  ].map((text) => Buffer.from(text).toString('base64'))
  return [token, ...encoded]
}

/** The server went away just when the login was done. */
export function closedEarly(bye: string | false | undefined, settings: ServerSettings): AppError {
  return toConnectError({ code: 'NoConnection', reason: bye }, settings)
}

/** Something came all the time, but never the end of the login (F17, I23). */
export function tooSlow({ host, port }: ServerSettings, limitMs: number): AppError {
  return new AppError({
    code: 'SERVER_UNREACHABLE',
    message: `could not log in to ${host}:${port}: it was not done within ${Math.round(limitMs / 1000)} s`,
    hint: 'run the command again in a few minutes; the server is up but hangs',
  })
}

/** Translates whatever ended an attempt to connect and log in. Only a definite refusal is a rejected login (F25, I20). No
 *  part of what comes back holds the secret, not even where the server repeats it (S08). */
export function toConnectError(error: unknown, settings: ServerSettings, secret?: LoginSecret): AppError {
  if (error instanceof AppError) return error
  const fields = fieldsOf(error, settings, secret)
  const { attempt, why, ...details } = explain(fields, settings)
  // Only errors of the network are handed on: those of imapflow hold what the server said.
  const cause = isOfSystem.test(fields.code) ? error : undefined
  return new AppError({ ...details, message: `could not ${attempt}: ${why}`, cause })
}

const isOfSystem = /^E(?!THROTTLE|TIMEOUT)[A-Z_]+$|^ERR_(?:SSL|TLS)_/

function explain(fields: ErrorFields, settings: ServerSettings): Explanation {
  const { authenticationFailed, responseCode, words, bye, isByToken } = fields
  const trouble = troubleIn(responseCode, bye ?? words)
  if (trouble?.kind === 'throttled') return { ...notNow(fields, settings), ...trouble }
  if (authenticationFailed && isNotNow(responseCode, words)) return notNow(fields, settings)
  if (authenticationFailed || trouble !== undefined || words === noMechanism) {
    return explainLogin(words, settings, isByToken)
  }
  return explainNetwork(fields, settings) ?? explainTls(fields, settings) ?? explainRest(fields, settings)
}

function notNow(fields: ErrorFields, settings: ServerSettings): Explanation {
  return {
    code: 'THROTTLED',
    attempt: `log in to ${whereOf(settings)} now`,
    why: cutWords(fields.bye ?? fields.words),
    hint: 'wait a few minutes and run the command again; the password was not refused',
    throttle: 'pause',
    concernsHost: isOfHost(fields),
  }
}

const whereOf = ({ host, port }: ServerSettings): string => `${host}:${port}`

const unreachable: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'the name could not be looked up'],
  ['ETIMEDOUT', 'it did not answer in time'],
  ['CONNECT_TIMEOUT', 'it did not answer in time'],
  ['GREETING_TIMEOUT', 'it sent no greeting in time'],
  ['UPGRADE_TIMEOUT', 'it did not begin TLS in time'],
  ['ETIMEOUT', 'it stopped answering before the login was done'],
  ['EHOSTUNREACH', 'there is no way to it'],
  ['ENETUNREACH', 'there is no network'],
  ['ECONNRESET', 'it reset the connection'],
  ['EPIPE', 'it closed the connection'],
  ['ClosedAfterConnectText', 'it closed the connection before the login was done'],
  ['ClosedAfterConnectTLS', 'it closed the connection before the login was done'],
  ['NoConnection', 'it closed the connection before the login was done'],
  ['EConnectionClosed', 'it closed the connection before the login was done'],
])

const ofHost: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'GREETING_TIMEOUT',
  'UPGRADE_TIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Whether it failed before anybody said who they are. */
function isOfHost({ code, bye }: Pick<ErrorFields, 'code' | 'bye'>): boolean {
  return ofHost.has(code) || (bye !== undefined && code !== 'NoConnection')
}

/** A server that waits for TLS is silent, or closes, when it is spoken to without. */
const speaksOtherwise = new Set(['GREETING_TIMEOUT', 'ClosedAfterConnectText'])
const portHint = 'check `port` and `security` in the config: 993 goes with "tls", 143 with "starttls"'

function explainNetwork({ code, bye }: ErrorFields, settings: ServerSettings): Explanation | undefined {
  const why = bye === undefined ? unreachable.get(code) : `it said BYE: ${cutWords(bye)}`
  if (why === undefined) return undefined
  return {
    code: 'SERVER_UNREACHABLE',
    attempt: `reach ${whereOf(settings)}`,
    why: bye === undefined ? `${why} (${code})` : why,
    hint: hintFor(code, bye),
    concernsHost: isOfHost({ code, bye }),
  }
}

function hintFor(code: string, bye: string | undefined): string {
  if (bye !== undefined) return 'run the command again in a few minutes'
  return speaksOtherwise.has(code) ? portHint : 'check `host` and `port` in the config, and the network'
}

/** By code, or by imapflow's words where it gives none. */
const insecure: readonly (readonly [RegExp, string, string])[] = [
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|UNKNOWN_PROTOCOL|HTTP_REQUEST/, 'the server does not speak TLS there', portHint],
  [
    /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW/,
    'the server offers no TLS 1.2 or later',
    'older versions are not safe: the server has to be updated',
  ],
  [
    /STARTTLS_INJECTION/,
    'there came data between STARTTLS and TLS, as if somebody in between had put it there',
    'try from another network, or use port 993 with `security = "tls"`',
  ],
  [
    /PREAUTH/,
    'the server logs in unasked, without TLS',
    'no mail is read without TLS: use port 993 with `security = "tls"`',
  ],
  [
    /not support STARTTLS/,
    'the server does not offer STARTTLS, or somebody in between hides it',
    'use port 993 with `security = "tls"`, or try from another network',
  ],
]

function explainTls({ code, tlsFailed, words }: ErrorFields, settings: ServerSettings): Explanation | undefined {
  if (!tlsFailed && code !== 'MissingServerExtension' && !/^ERR_(?:SSL|TLS)|^EPROTO$|STARTTLS/.test(code))
    return undefined
  const known = insecure.find(([pattern]) => pattern.test(code) || pattern.test(words))
  return {
    code: 'TLS_REFUSED',
    attempt: `secure the connection to ${whereOf(settings)}`,
    why: known?.[1] ?? `${words}${code === '' ? '' : ` (${code})`}`,
    hint: known?.[2] ?? portHint,
  }
}

/** The server speaks something else, or says what nobody expects. */
function explainRest({ code, words }: ErrorFields, settings: ServerSettings): Explanation {
  const isProtocol = /^Parser|Invalid|Too(?:Large|Many)|Unexpected|MissingTag|Processing|NESTING|TRAILING/.test(code)
  return {
    code: isProtocol ? 'PROTOCOL_VIOLATION' : 'SERVER_UNREACHABLE',
    attempt: `log in to ${whereOf(settings)}`,
    why: `${words}${code === '' ? '' : ` (${code})`}`,
    hint: isProtocol ? 'check that an IMAP server listens there' : 'run the command again in a moment',
  }
}
