import { readFileSync } from 'node:fs'
import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Account, ServerSettings } from '../model/account.ts'
import { certificateRefusal, presentedCertificate, unreadableCaFile } from '../model/certificate.ts'
import { AppError } from '../model/errors.ts'
import { logInWith, loginSource } from '../model/secrets.ts'
import type { LoginSecret, Secrets } from '../model/secrets.ts'
import { tokenHandler, tokenMethod } from './token-login.ts'
import type { SubmitConnection, SubmitServer } from '../send/ports.ts'
import { ehloOf } from './ehlo.ts'
import { NodemailerConnection } from './nodemailer-connection.ts'
import type { SubmitLimits } from './nodemailer-connection.ts'
import { toSmtpError } from './smtp-trouble.ts'

export interface SubmitServerOptions {
  readonly secrets: Secrets
  readonly limits?: Partial<ConnectLimits>
}

/** All in milliseconds. */
interface ConnectLimits extends SubmitLimits {
  /** For the connection, and for the greeting. */
  readonly connectMs: number
}

const usualLimits: ConnectLimits = {
  connectMs: 30_000,
  replyMs: 120_000,
  // RFC 5321 §4.5.3.2.6: a server may take its time before it says that it has taken a message.
  finalReplyMs: 600_000,
  abortedMs: 10_000,
}

/** Submission by nodemailer's SMTP client: it speaks, and what may be said when is decided here. */
export function createSubmitServer({ secrets, limits }: SubmitServerOptions): SubmitServer {
  const allLimits = { ...usualLimits, ...limits }
  return {
    connect: (account, signal) => {
      const settings = smtpOf(account)
      const attempt = { limits: allLimits, signal }
      // Only a server on this machine is trusted with mail of nobody in particular.
      if (settings.password === undefined && isThisMachine.test(settings.host))
        return logIn(settings, undefined, attempt)
      const login = { secrets, source: loginSource(account, settings), signal }
      return logInWith(login, (secret) => logIn(settings, secret, attempt))
    },
  }
}

function smtpOf({ name, smtp }: Account): ServerSettings {
  if (smtp !== undefined) return smtp
  throw new AppError({
    code: 'CONFIG_INVALID',
    message: `account ${name} names no server to send by`,
    hint: `add [accounts.${name}.smtp] with host = "smtp.example.org"`,
  })
}

const isThisMachine = /^(?:localhost|127\.[\d.]+|\[?::1\]?)$/i

interface Attempt {
  readonly limits: ConnectLimits
  readonly signal: AbortSignal
}

async function logIn(
  settings: ServerSettings,
  secret: LoginSecret | undefined,
  { limits, signal }: Attempt,
): Promise<SubmitConnection> {
  signal.throwIfAborted()
  const client = clientFor(settings, limits)
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => undefined)
  client.on('error', (error) => lost.reject(error))
  client.on('end', () => lost.reject(new Error('the server closed the connection')))
  const onAbort = (): void => {
    lost.reject(interrupted())
    client.close()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  const step = (start: (done: (error?: Error | null) => void) => void): Promise<void> => {
    const done = new Promise<void>((resolve, reject) => {
      start((error) => (error ? reject(error) : resolve()))
    })
    return Promise.race([done, lost.promise])
  }
  try {
    await step((done) => client.connect(done))
    const ehlo = ehloOf(client.lastServerResponse)
    refuseCertificate(client, settings)
    if (secret !== undefined) await step((done) => client.login(loginOf(secret, settings.user, ehlo.logins), done))
    return new NodemailerConnection(client, ehlo, limits)
  } catch (error) {
    client.close()
    if (signal.aborted) throw interrupted()
    throw toSmtpError(error, settings, secret === undefined ? [] : formsOf(secret, settings.user))
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A secret in the forms in which it goes out. */
function formsOf(secret: LoginSecret, user: string): readonly string[] {
  const bare = secret.kind === 'password' ? secret.password : secret.token
  const encoded = [bare, `\0${user}\0${bare}`].map((text) => Buffer.from(text).toString('base64'))
  return [bare, ...encoded].filter(({ length }) => length > 2)
}

/** A password by what the server has of PLAIN and LOGIN; else nodemailer finds out. */
function loginOf(secret: LoginSecret, user: string, offered: readonly string[]) {
  if (secret.kind === 'token') return { user, method: tokenMethod, token: secret.token, offered }
  const method = ['PLAIN', 'LOGIN'].find((one) => offered.includes(one)) ?? (false as const)
  return { user, pass: secret.password, method }
}

function interrupted(): AppError {
  return new AppError({ code: 'INTERRUPTED', message: 'interrupted while connecting to send' })
}

function clientFor({ host, port, security, caFile }: ServerSettings, limits: ConnectLimits): SMTPConnection {
  return new SMTPConnection({
    host,
    port,
    // Servers write it into the message (RFC 5321 §4.4): nobody has to read there what this machine is called.
    name: '[127.0.0.1]',
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: {
      minVersion: 'TLSv1.2',
      // Judged by ourselves before anything secret is said, so that a refusal can tell what the certificate was.
      rejectUnauthorized: false,
      ...(caFile !== undefined && { ca: readTrusted(caFile) }),
    },
    connectionTimeout: limits.connectMs,
    greetingTimeout: limits.connectMs,
    dnsTimeout: limits.connectMs,
    socketTimeout: limits.replyMs,
    maxResponseSize: 65_536,
    customAuth: { [tokenMethod]: tokenHandler },
    logger: false,
  })
}

function readTrusted(caFile: string): string {
  try {
    return readFileSync(caFile, 'utf8')
  } catch (error) {
    throw unreadableCaFile(caFile, error)
  }
}

/** No login and no mail before the certificate has been judged (rule 14, S05). */
function refuseCertificate(client: SMTPConnection, settings: ServerSettings): void {
  if (settings.security === 'none') return
  const socket = client._socket
  if (!(socket instanceof TLSSocket)) throw new Error('a connection that should be secure is not')
  const trouble = socket.authorized ? undefined : socket.authorizationError
  const refusal = certificateRefusal(presentedCertificate(socket.getPeerCertificate(), trouble), settings)
  if (refusal !== undefined) throw refusal
}
