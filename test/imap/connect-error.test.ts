import { describe, expect, test } from 'vitest'
import { toConnectError } from '../../src/imap/connect-error.ts'
import type { ServerSettings } from '../../src/model/account.ts'
import { AppError } from '../../src/model/errors.ts'

const settings: ServerSettings = {
  host: 'imap.example.org',
  port: 993,
  security: 'tls',
  allowPlaintext: false,
  user: 'ada@example.org',
  password: undefined,
  caFile: undefined,
  fingerprint: undefined,
}

/** What imapflow throws when LOGIN is answered NO. */
const refusedLogin = (responseText: string, serverResponseCode?: string): Error =>
  Object.assign(new Error('Command failed'), {
    authenticationFailed: true,
    responseStatus: 'NO',
    responseText,
    response: `4 NO ${responseText}`,
    ...(serverResponseCode === undefined ? {} : { serverResponseCode }),
  })

const closedWith = (reason: string): Error =>
  Object.assign(new Error('Unexpected close'), { code: 'ClosedAfterConnectTLS', reason })

const translate = (error: unknown, differences: Partial<ServerSettings> = {}) => {
  const { code, scope, message, hint } = toConnectError(error, { ...settings, ...differences })
  return { code, scope, message, hint }
}

describe('F25 I20 a login that the server refuses', () => {
  test.each([
    ['AUTHENTICATIONFAILED', 'Authentication failed.'],
    ['AUTHENTICATIONFAILED', 'Invalid credentials (Failure)'],
    ['AUTHENTICATIONFAILED', 'LOGIN Invalid credentials, please try again later'],
    ['AUTHORIZATIONFAILED', 'you may not act for this user'],
    ['EXPIRED', 'your password has expired'],
    ['CONTACTADMIN', 'the account is closed'],
    ['ALERT', 'Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)'],
    ['ALERT', 'Please log in via your web browser'],
    [undefined, 'LOGIN failed.'],
    [undefined, 'Login failed: incorrect username or password'],
    [undefined, 'Bad username or password'],
    [undefined, 'AUTHENTICATE failed.'],
    [undefined, 'Invalid login or password, try again later'],
    [undefined, 'Wrong password'],
    [undefined, 'invalid user name or password!'],
  ])('definitely, with [%s] "%s", is LOGIN_REJECTED', (responseCode, text) => {
    expect(translate(refusedLogin(text, responseCode)).code).toBe('LOGIN_REJECTED')
  })

  test.each([
    ['UNAVAILABLE', 'Temporary authentication failure.'],
    ['UNAVAILABLE', 'Authentication failed'],
    ['LIMIT', 'LOGIN Rate limit hit.'],
    ['INUSE', 'the mailbox is locked'],
    ['SERVERBUG', 'Internal error occurred. Refer to server log for more information.'],
    ['THROTTLED', 'slow down'],
    ['ALERT', 'Too many simultaneous connections. (Failure)'],
    ['AUTHENTICATIONFAILED', 'Too many login attempts, wait 15 minutes'],
    [undefined, 'Too many bad auth attempts'],
    [undefined, 'Too many failed login attempts'],
    [undefined, 'Temporary System Error (Failure)'],
    [undefined, 'Service temporarily unavailable'],
    [undefined, 'Server Unavailable. 15'],
    [undefined, 'Server is busy, try again later'],
    [undefined, 'Please try later'],
    [undefined, 'Try again in 5 minutes'],
    [undefined, 'Account exceeded command or bandwidth limits. (Failure)'],
    [undefined, 'Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)'],
    [undefined, 'Login failed: timed out'],
    [undefined, 'Internal server error'],
    [undefined, 'The server is down for maintenance'],
    [undefined, 'Request is throttled. Suggested Backoff Time: 92415 milliseconds'],
  ])('for now, with [%s] "%s", is THROTTLED', (responseCode, text) => {
    expect(translate(refusedLogin(text, responseCode)).code).toBe('THROTTLED')
  })

  test('says what was refused, by whom, and what to do next', () => {
    expect(translate(refusedLogin('Invalid credentials (Failure)', 'AUTHENTICATIONFAILED'))).toEqual({
      code: 'LOGIN_REJECTED',
      scope: 'account',
      message:
        'could not log in to imap.example.org:993 as ada@example.org: NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)',
      hint: 'check `user` and the password; many providers want an app password for programs; it was tried once only',
    })
    expect(translate(refusedLogin('Temporary authentication failure.', 'UNAVAILABLE'))).toEqual({
      code: 'THROTTLED',
      scope: 'account',
      message: 'could not log in to imap.example.org:993 now: NO [UNAVAILABLE] Temporary authentication failure.',
      hint: 'wait a few minutes and run the command again; the password was not refused',
    })
  })

  test('F26 says where IMAP is switched on, where that is what is missing', () => {
    for (const text of ['IMAP access is disabled for your domain', 'Your account is not enabled for IMAP use']) {
      expect(translate(refusedLogin(text, 'ALERT'))).toMatchObject({
        code: 'LOGIN_REJECTED',
        hint: "switch IMAP on in the settings of the account at the provider's web site",
      })
    }
  })

  test('F26 says that TLS is missing, or that the provider takes no passwords (LOGINDISABLED)', () => {
    const disabled = Object.assign(new Error('Login is disabled'), { authenticationFailed: true })
    expect(translate(disabled, { security: 'none', port: 143 })).toMatchObject({
      code: 'LOGIN_REJECTED',
      message:
        'could not log in to imap.example.org:143 as ada@example.org: the server takes no password here (LOGINDISABLED)',
      hint: 'it wants TLS first: set `security` to "starttls" or "tls" in the config',
    })
    expect(translate(disabled).hint).toMatch(/^ask the provider how programs may log in/)
    expect(translate(refusedLogin('TLS comes first', 'PRIVACYREQUIRED'), { security: 'none' })).toMatchObject({
      code: 'LOGIN_REJECTED',
      hint: 'it wants TLS first: set `security` to "starttls" or "tls" in the config',
    })
  })

  test('F27 a login that leads nowhere is no wrong password', () => {
    const error = Object.assign(new Error('Authentication failed'), {
      authenticationFailed: true,
      response: 'User is authenticated but not connected.',
    })
    const { code, message, hint } = translate(error)
    expect(code).toBe('LOGIN_REJECTED')
    expect(message).toMatch(/User is authenticated but not connected\.$/)
    expect(hint).toMatch(/^the password was right/)
  })
})

describe('a server that is not reached', () => {
  test.each([
    ['ECONNREFUSED', 'nothing listens there (ECONNREFUSED)'],
    ['ENOTFOUND', 'there is no such host (ENOTFOUND)'],
    ['EAI_AGAIN', 'the name could not be looked up (EAI_AGAIN)'],
    ['ETIMEDOUT', 'it did not answer in time (ETIMEDOUT)'],
    ['CONNECT_TIMEOUT', 'it did not answer in time (CONNECT_TIMEOUT)'],
    ['GREETING_TIMEOUT', 'it sent no greeting in time (GREETING_TIMEOUT)'],
    ['UPGRADE_TIMEOUT', 'it did not begin TLS in time (UPGRADE_TIMEOUT)'],
    ['ETIMEOUT', 'it stopped answering before the login was done (ETIMEOUT)'],
    ['ECONNRESET', 'it reset the connection (ECONNRESET)'],
    ['ClosedAfterConnectTLS', 'it closed the connection before the login was done (ClosedAfterConnectTLS)'],
    ['NoConnection', 'it closed the connection before the login was done (NoConnection)'],
  ])('because of %s', (code, why) => {
    expect(translate(Object.assign(new Error('x'), { code }))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      scope: 'account',
      message: `could not reach imap.example.org:993: ${why}`,
    })
  })

  test('during the TLS handshake is not taken for a refused certificate', () => {
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', tlsFailed: true })
    expect(translate(error).code).toBe('SERVER_UNREACHABLE')
  })

  test('F31 because it says BYE, in its own words', () => {
    expect(translate(closedWith('Server shutting down.'))).toMatchObject({
      code: 'SERVER_UNREACHABLE',
      message: 'could not reach imap.example.org:993: it said BYE: Server shutting down.',
      hint: 'run the command again in a few minutes',
    })
    expect(translate(closedWith('Too many connections'))).toMatchObject({
      code: 'THROTTLED',
      message: 'could not log in to imap.example.org:993 now: Too many connections',
    })
  })

  test('because port and security do not go together', () => {
    expect(translate(Object.assign(new Error('x'), { code: 'GREETING_TIMEOUT' })).hint).toBe(
      'check `port` and `security` in the config: 993 goes with "tls", 143 with "starttls"',
    )
  })
})

describe('a connection that is not made secure', () => {
  test.each([
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number', 'the server does not speak TLS there'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'packet length too long', 'the server does not speak TLS there'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'alert protocol version', 'the server offers no TLS 1.2 or later'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'unsupported protocol', 'the server offers no TLS 1.2 or later'],
    ['STARTTLS_INJECTION', 'x', 'there came data between STARTTLS and TLS, as if somebody in between had put it there'],
    ['', 'Server does not support STARTTLS', 'the server does not offer STARTTLS, or somebody in between hides it'],
    ['', 'STARTTLS is not possible after a PREAUTH greeting', 'the server logs in unasked, without TLS'],
    ['EPROTO', 'something odd', 'something odd (EPROTO)'],
  ])('%s "%s"', (code, message, why) => {
    const error = Object.assign(new Error(message), code === '' ? { tlsFailed: true } : { code, reason: message })
    expect(translate(error)).toMatchObject({
      code: 'TLS_REFUSED',
      scope: 'account',
      message: `could not secure the connection to imap.example.org:993: ${why}`,
    })
  })
})

describe('anything else', () => {
  test.each(['ParserError3', 'InvalidResponse', 'LineTooLarge', 'TooManyResponses', 'UnexpectedTag', 'MissingTag'])(
    '%s is a PROTOCOL_VIOLATION',
    (code) => {
      expect(translate(Object.assign(new Error('odd'), { code }))).toEqual({
        code: 'PROTOCOL_VIOLATION',
        scope: 'account',
        message: `could not log in to imap.example.org:993: odd (${code})`,
        hint: 'check that an IMAP server listens there',
      })
    },
  )

  test('that is no error at all is told as it is', () => {
    expect(translate('odd').message).toBe('could not log in to imap.example.org:993: odd')
    expect(translate(undefined).code).toBe('SERVER_UNREACHABLE')
  })

  test('that is known already stays as it is', () => {
    const known = new AppError({ code: 'TLS_REFUSED', message: 'could not trust it' })
    expect(toConnectError(known, settings)).toBe(known)
  })
})
