import { connect as connectPlain } from 'node:net'
import type { OnReadOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { ImapTransport } from 'imapflow'
import type { ServerSettings } from '../model/account.ts'
import { certificateRefusal, presentedCertificate } from '../model/certificate.ts'
import type { AppError } from '../model/errors.ts'
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

  const secure = (options: SecureOptions, whenSecure: () => void): TLSSocket =>
    openSecurely(options, { settings, trusted }, () => {
      lane.enter('wait: auth')
      whenSecure()
    })

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

type SecureOptions = ConnectionOptions & { readonly onread?: OnReadOpts }

/** A socket that is secured, or destroyed with TLS_REFUSED for its reason. */
export function openSecurely(
  options: SecureOptions,
  { settings, trusted }: Pick<TransportOptions, 'settings' | 'trusted'>,
  whenSecure: () => void,
): TLSSocket {
  const { host } = settings
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
    const refusal = socketRefusal(socket, settings)
    if (refusal === undefined) whenSecure()
    else socket.destroy(refusal)
  })
  return socket
}

/** The end of a command would wait for the acknowledgement of the large message before it. */
const noDelay = true

export const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')

/** Why the certificate of a connection is not accepted; undefined: it is. */
export function socketRefusal(socket: TLSSocket, settings: ServerSettings): AppError | undefined {
  const trouble = socket.authorized ? undefined : socket.authorizationError
  return certificateRefusal(presentedCertificate(socket.getPeerCertificate(), trouble), settings)
}
