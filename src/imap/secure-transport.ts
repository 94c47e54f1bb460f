import { connect as connectPlain } from 'node:net'
import type { OnReadOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls'
import type { ImapTransport } from 'imapflow'
import type { ServerSettings } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { Lane } from '../model/lane.ts'
import type { SocketReads } from './socket-reads.ts'

export interface TransportOptions {
  readonly settings: ServerSettings
  /** PEM of `ca-file`. */
  readonly trusted: string | undefined
  readonly lane: Lane
  /** Gets the reads of the socket, unless it is upgraded later. */
  readonly reads: SocketReads
}

/** Opens sockets and secures them. No octet of ours goes out before the certificate has been verified (rule 14, S05): the
 *  handshake's result is looked at here, so that a refusal can say what the certificate was. */
export function secureTransport({ settings, trusted, lane, reads }: TransportOptions): ImapTransport {
  const { host, port, security } = settings

  const secure = (options: ConnectionOptions & { readonly onread?: OnReadOpts }, whenSecure: () => void): TLSSocket => {
    const socket = connectTls({
      ...options,
      host,
      ...(isAddress(host) ? {} : { servername: host }),
      ...(trusted === undefined ? {} : { ca: trusted }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    })
    socket.setNoDelay(noDelay)
    // imapflow takes its own listener away when it gives up; without one a late error would end the process (I29).
    socket.on('error', () => {})
    socket.once('secureConnect', () => {
      const refusal = refusalOf(socket, settings)
      if (refusal !== undefined) {
        socket.destroy(refusal)
        return
      }
      lane.enter('wait: auth')
      whenSecure()
    })
    return socket
  }

  return {
    connect: ({ secure: isImplicit }, onConnect) => {
      lane.enter('wait: connect')
      if (!isImplicit) {
        const begin = (): void => {
          lane.enter('wait: auth')
          onConnect()
        }
        // TLS takes over the socket's handle, and with it what the socket reads into.
        const socket =
          security === 'starttls'
            ? connectPlain({ host, port, noDelay }, begin)
            : reads.open((onread) => connectPlain({ host, port, noDelay, onread }, begin))
        socket.on('error', () => {})
        return socket
      }
      const socket = reads.open((onread) => secure({ port, onread }, onConnect))
      socket.once('connect', () => lane.enter('wait: tls'))
      return socket
    },
    upgrade: (socket, _options, onSecure) => {
      lane.enter('wait: tls')
      return secure({ socket }, onSecure)
    },
  }
}

/** The end of a command would wait for the acknowledgement of the large message before it. */
const noDelay = true

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

/** Why the certificate is not accepted; undefined: it is. A pinned one must be that very certificate, whoever signed it. */
function refusalOf(socket: TLSSocket, { host, fingerprint }: ServerSettings): AppError | undefined {
  const certificate = describe(socket.getPeerCertificate())
  if (fingerprint !== undefined) {
    if (certificate.fingerprint === fingerprint.toLowerCase()) return undefined
    return refused(host, certificate, {
      why: 'it is not the one that the config pins',
      hint: `make sure that the server has a new one, then set \`fingerprint = "${certificate.fingerprint}"\` in the config`,
    })
  }
  if (socket.authorized) return undefined
  // A string, whatever the types say.
  const found: unknown = socket.authorizationError
  const code = found instanceof Error ? found.message : String(found)
  return refused(host, certificate, {
    why: reasons.get(code) ?? code,
    hint: `if you know it to be the right one, set \`ca-file\`, or \`fingerprint = "${certificate.fingerprint}"\` in the config`,
  })
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its chain ends in a certificate that is signed by itself'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the server does not send the certificates that lead to a known authority'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'no authority known here has signed it'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'no authority known here has signed it'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it was made for another name'],
])

interface Certificate {
  /** `sha256:` and 64 hex digits of the certificate (DER). */
  readonly fingerprint: string
  readonly subject: string
  readonly validTo: string
}

/** Field by field: of a certificate without a name, or of none at all, fields are missing whatever the types say. */
function describe(certificate: Partial<PeerCertificate>): Certificate {
  const { fingerprint256 = '', subject, subjectaltname, valid_to: validTo = 'never' } = certificate
  const name: unknown = subject?.CN
  return {
    fingerprint: `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`,
    subject: typeof name === 'string' && name !== '' ? name : (subjectaltname ?? 'no name'),
    validTo,
  }
}

function refused(host: string, certificate: Certificate, { why, hint }: { why: string; hint: string }): AppError {
  const { subject, validTo } = certificate
  return new AppError({
    code: 'TLS_REFUSED',
    message: `could not trust the certificate of ${host}: ${why} (subject ${subject}, valid until ${validTo})`,
    hint,
  })
}
