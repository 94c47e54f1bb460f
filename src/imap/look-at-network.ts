import { lookup } from 'node:dns/promises'
import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { CertificateLook, NetworkLook } from '../doctor/ports.ts'
import type { ServerSettings } from '../model/account.ts'
import { presentedCertificate } from '../model/certificate.ts'
import { AppError } from '../model/errors.ts'
import { toConnectError } from './connect-error.ts'
import { readTrusted } from './imap-source.ts'
import { isAddress, socketRefusal } from './secure-transport.ts'

/** Looks for itself, without a login: what imapflow does on its way, step by step. */
export const networkLook: NetworkLook = {
  addresses: async (host, signal) => {
    try {
      const found = await abortable(lookup(host, { all: true }), signal)
      return found.map(({ address }) => address)
    } catch (error) {
      throw noSuchHost(host, error)
    }
  },
  reach: async (settings, signal) => {
    const beganMs = performance.now()
    const socket = await openSocket(settings, signal)
    socket.destroy()
    return performance.now() - beganMs
  },
  certificate: async (settings, signal) => {
    const trusted = readTrusted(settings.caFile)
    const plain = await openSocket(settings, signal)
    try {
      if (settings.security === 'starttls') await startTls(plain, settings, signal)
      const socket = await secure(plain, { settings, trusted, signal })
      return describe(socket, settings)
    } finally {
      plain.destroy()
    }
  },
}

function noSuchHost(host: string, error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isUnknown = code === 'ENOTFOUND' || code === 'ENODATA'
  return new AppError({
    code: 'SERVER_UNREACHABLE',
    message: isUnknown
      ? `there is no host called ${host} (${code})`
      : `the name ${host} could not be looked up (${code})`,
    hint: isUnknown
      ? 'check `host` in the config: it is the name of the IMAP server, not of the domain'
      : 'check the network and its name servers',
    cause: error,
  })
}

async function openSocket(settings: ServerSettings, signal: AbortSignal): Promise<Socket> {
  const { host, port } = settings
  const socket = connectPlain({ host, port })
  return settled(socket, { event: 'connect', settings, signal })
}

interface TlsParts {
  readonly settings: ServerSettings
  readonly trusted: string | undefined
  readonly signal: AbortSignal
}

async function secure(plain: Socket, { settings, trusted, signal }: TlsParts): Promise<TLSSocket> {
  const { host } = settings
  const socket = connectTls({
    socket: plain,
    host,
    ...(isAddress(host) ? {} : { servername: host }),
    ...(trusted === undefined ? {} : { ca: trusted }),
    minVersion: 'TLSv1.2',
    // It is looked at, whatever it is; nothing is sent.
    rejectUnauthorized: false,
  })
  return settled(socket, { event: 'secureConnect', settings, signal })
}

const maxWords = 64 * 1024

/** RFC 9051 §6.2.1: the greeting, one command, its answer. */
async function startTls(socket: Socket, settings: ServerSettings, signal: AbortSignal): Promise<void> {
  const greeting = await answer(socket, /^\* [^\r\n]*\r\n/, { settings, signal })
  if (!/^\* OK/i.test(greeting))
    throw toConnectError({ code: 'NoConnection', reason: greeting.slice(2).trim() }, settings)
  socket.write('A1 STARTTLS\r\n')
  const said = await answer(socket, /^A1 [^\r\n]*\r\n/m, { settings, signal })
  if (/^A1 OK/im.test(said)) return
  const refusal = new Error('Server does not support STARTTLS')
  throw toConnectError(Object.assign(refusal, { code: 'MissingServerExtension' }), settings)
}

type WaitParts = Pick<TlsParts, 'settings' | 'signal'>

async function answer(socket: Socket, end: RegExp, parts: WaitParts): Promise<string> {
  let text = ''
  const whole = Promise.withResolvers<string>()
  const take = (octets: Buffer): void => {
    text += octets.toString('latin1')
    if (end.test(text) || text.length > maxWords) whole.resolve(text)
  }
  const fail = (): void => whole.reject(toConnectError({ code: 'ClosedAfterConnectText' }, parts.settings))
  socket.on('data', take).on('close', fail).resume()
  try {
    return await within(whole.promise, { ...parts, timeoutCode: 'GREETING_TIMEOUT' })
  } finally {
    // TLS reads what comes from now on.
    socket.removeListener('data', take).removeListener('close', fail).pause()
  }
}

interface SettledParts extends WaitParts {
  readonly event: 'connect' | 'secureConnect'
}

/** The socket once it is open; what fails is told as a sync would tell it. A late error must not end the process. */
async function settled<S extends Socket>(socket: S, { event, ...parts }: SettledParts): Promise<S> {
  const open = Promise.withResolvers<S>()
  const fail = (error: Error): void =>
    open.reject(toConnectError(event === 'connect' ? error : tlsFailure(error), parts.settings))
  socket.once(event, () => open.resolve(socket))
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  try {
    const timeoutCode = event === 'connect' ? 'CONNECT_TIMEOUT' : 'UPGRADE_TIMEOUT'
    return await within(open.promise, { ...parts, timeoutCode })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function tlsFailure(error: Error): object {
  return Object.assign(error, { tlsFailed: true })
}

const limitMs = 10_000

/** As the sync would put it where nothing comes for long. */
async function within<T>(
  work: Promise<T>,
  { settings, signal, timeoutCode }: WaitParts & { readonly timeoutCode: string },
): Promise<T> {
  const late = AbortSignal.timeout(limitMs)
  try {
    return await abortable(work, AbortSignal.any([signal, late]))
  } catch (error) {
    if (late.aborted && !signal.aborted) throw toConnectError({ code: timeoutCode }, settings)
    throw error
  }
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(new AppError({ code: 'INTERRUPTED', message: 'interrupted' }))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function describe(socket: TLSSocket, settings: ServerSettings): CertificateLook {
  const certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true)
  const { subject, fingerprint, validTo } = presentedCertificate(certificate, undefined)
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    subject,
    issuer: nameOf(certificate.issuer),
    validFromMs: Date.parse(certificate.valid_from ?? ''),
    validToMs: Date.parse(validTo),
    fingerprint,
    chain: chainOf(certificate),
    refusal: socketRefusal(socket, settings),
  }
}

/** A root names itself as its issuer. */
function chainOf(certificate: Partial<DetailedPeerCertificate>): readonly string[] {
  const names: string[] = []
  const seen = new Set<string>()
  let next: Partial<DetailedPeerCertificate> | undefined = certificate
  while (next?.fingerprint256 !== undefined && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256)
    names.push(nameOf(next.subject))
    next = next.issuerCertificate
  }
  return names
}

function nameOf(names: Partial<DetailedPeerCertificate['issuer']> | undefined): string {
  const known: readonly unknown[] = [names?.CN, names?.O, names?.OU]
  return known.find((name) => typeof name === 'string' && name !== '')?.toString() ?? 'somebody without a name'
}
