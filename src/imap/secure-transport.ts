import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls'
import type { ImapTransport } from 'imapflow'
import type { ServerSettings } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { Lane } from '../model/lane.ts'

export interface TransportOptions {
  readonly settings: ServerSettings
  /** PEM of `ca-file`. */
  readonly trusted: string | undefined
  readonly lane: Lane
}

/** Opens sockets and secures them. No octet of ours goes out before the certificate has been verified (rule 14, S05): the
 *  handshake's result is looked at here, so that a refusal can say what the certificate was. */
export function secureTransport({ settings, trusted, lane }: TransportOptions): ImapTransport {
  const { host, port } = settings

  const secure = (options: ConnectionOptions, whenSecure: () => void): TLSSocket => {
    const socket = connectTls({
      ...options,
      host,
      ...(isAddress(host) ? {} : { servername: host }),
      ...(trusted === undefined ? {} : { ca: trusted }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    })
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
        return connectPlain({ host, port }, () => {
          lane.enter('wait: auth')
          onConnect()
        })
      }
      const socket = secure({ port }, onConnect)
      socket.once('connect', () => lane.enter('wait: tls'))
      return socket
    },
    upgrade: (socket, _options, onSecure) => {
      lane.enter('wait: tls')
      return secure({ socket }, onSecure)
    },
  }
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

/** Why the certificate is not accepted; undefined: it is. A pinned one must be that very certificate, whoever signed it. */
function refusalOf(socket: TLSSocket, { host, fingerprint }: ServerSettings): AppError | undefined {
  const certificate = socket.getPeerCertificate()
  const found = fingerprintOf(certificate)
  if (fingerprint !== undefined) {
    if (found === fingerprint.toLowerCase()) return undefined
    return refused(host, 'it is not the one that the config pins', certificate)
  }
  if (socket.authorized) return undefined
  const { authorizationError } = socket
  const why: unknown = authorizationError instanceof Error ? authorizationError.message : authorizationError
  return refused(host, reasons.get(String(why)) ?? String(why), certificate)
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its chain ends in a certificate that is signed by itself'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the server does not send the certificates that lead to a known authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'no authority known here has signed it'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it was made for another name'],
])

/** `sha256:` and 64 hex digits of the certificate (DER). */
function fingerprintOf({ fingerprint256 }: PeerCertificate): string {
  return `sha256:${fingerprint256.replaceAll(':', '').toLowerCase()}`
}

function refused(host: string, why: string, certificate: PeerCertificate): AppError {
  const subject = String(certificate.subject.CN ?? certificate.subjectaltname ?? 'no name')
  return new AppError({
    code: 'TLS_REFUSED',
    message: `could not trust the certificate of ${host}: ${why} (subject ${subject}, valid until ${certificate.valid_to})`,
    hint: `if it is yours, set \`ca-file\`, or \`fingerprint = "${fingerprintOf(certificate)}"\` in the config`,
  })
}
