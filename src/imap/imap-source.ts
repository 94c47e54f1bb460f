import { readFileSync } from 'node:fs'
import { ImapFlow } from 'imapflow'
import type { Logger } from 'imapflow'
import type { Account } from '../model/account.ts'
import { unreadableCaFile } from '../model/certificate.ts'
import type { Lane } from '../model/lane.ts'
import { loginSource, logInWith } from '../model/secrets.ts'
import type { LoginSecret, Secrets } from '../model/secrets.ts'
import type { MailSource } from '../sync/ports.ts'
import { CommandChannel } from './command-channel.ts'
import type { ChannelOptions } from './command-channel.ts'
import { interrupted } from './command-error.ts'
import { closedEarly, toConnectError, tooSlow } from './connect-error.ts'
import { ImapConnection } from './imap-connection.ts'
import { usualPatience } from './progress-watchdog.ts'
import type { Patience } from './progress-watchdog.ts'
import { secureTransport } from './secure-transport.ts'
import { SocketReads } from './socket-reads.ts'
import type { Transcript } from './transcript.ts'

export interface ImapSourceOptions {
  readonly secrets: Secrets
  readonly version: string
  /** COMPRESS=DEFLATE: worth it on slow links, ruinous on fast ones; `auto` leaves it out on this machine itself. */
  readonly compress?: boolean | 'auto'
  readonly patience?: Patience
  readonly connectTimeoutMs?: number
  readonly transcript?: Transcript | undefined
}

const usualTimeoutMs = 30_000

/** Limits while logging in, when imapflow reads (I27). */
const loginLimits = { maxLineLength: 2 ** 20, maxLiteralSize: 2 ** 20, maxResponseSize: 2 ** 22 }

/** imapflow opens, secures and logs in; from then on the socket is ours (see src/README.md). Besides what the port says,
 *  `connect` throws SECRET_UNAVAILABLE, CONFIG_UNSAFE, and CONFIG_INVALID for a `ca-file` that cannot be read. */
export function createImapSource(options: ImapSourceOptions): MailSource {
  return {
    connect: async (account, lane, signal) => {
      const { channel, ...about } = await openChannel(account, options, { lane, signal })
      return new ImapConnection(channel, { ...about, disable: account.disable })
    },
  }
}

/** A connection that is logged in, and what its server offers. */
export interface OpenChannel {
  readonly channel: CommandChannel
  readonly capabilities: ReadonlySet<string>
  readonly serverId: string | undefined
}

export interface ChannelUse {
  readonly lane: Lane
  readonly signal: AbortSignal
  /** Default: commands that only read. */
  readonly assertAllowed?: ChannelOptions['assertAllowed']
}

/** Throws what `MailSource.connect` throws; then the lane is closed. */
export async function openChannel(
  account: Account,
  options: ImapSourceOptions,
  { lane, signal, assertAllowed }: ChannelUse,
): Promise<OpenChannel> {
  try {
    if (signal.aborted) throw interrupted()
    const login = { secrets: options.secrets, source: loginSource(account, account.imap), signal }
    return await logInWith(login, async (secret) => {
      const reads = new SocketReads()
      const throttled = Promise.withResolvers<never>()
      const parts = { lane, secret, options, reads, throttled }
      const client = createClient(account, parts)
      const channel = await logIn(client, { ...parts, account, signal, assertAllowed })
      return { channel, ...describe(client, account) }
    })
  } catch (error) {
    lane.close()
    throw error
  }
}

interface ClientParts {
  readonly lane: Lane
  readonly secret: LoginSecret
  readonly options: ImapSourceOptions
  readonly reads: SocketReads
  /** Rejects when the server throttles the login: imapflow itself would first wait, and hold the connection meanwhile. */
  readonly throttled: PromiseWithResolvers<never>
}

function createClient({ imap: settings, disable }: Account, parts: ClientParts): ImapFlow {
  const { lane, secret, options, reads, throttled } = parts
  const { host, port, security, user, caFile } = settings
  const timeoutMs = options.connectTimeoutMs ?? usualTimeoutMs
  return new ImapFlow({
    host,
    port,
    auth: secret.kind === 'token' ? { user, accessToken: secret.token } : { user, pass: secret.password },
    secure: security === 'tls',
    doSTARTTLS: security === 'starttls',
    transport: secureTransport({ settings, trusted: readTrusted(caFile), lane, reads }),
    logger: countingLogger(lane, (error) => throttled.reject(error)),
    // Empty: imapflow would name its own.
    clientInfo: { name: 'mailmirror', version: options.version, vendor: '', 'support-url': '' },
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    disableCompression: disable.includes('COMPRESS=DEFLATE') || !wantsCompression(host, options.compress ?? 'auto'),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs * 2,
    ...loginLimits,
  })
}

const isThisMachine = (host: string): boolean => /^(?:localhost|127\.[\d.]+|::1)$/i.test(host)

function wantsCompression(host: string, compress: boolean | 'auto'): boolean {
  return compress === 'auto' ? !isThisMachine(host) : compress
}

/** PEM of a `ca-file`. Throws CONFIG_INVALID. */
export function readTrusted(caFile: string | undefined): string | undefined {
  if (caFile === undefined) return undefined
  try {
    return readFileSync(caFile, 'utf8')
  } catch (error) {
    throw unreadableCaFile(caFile, error)
  }
}

/** imapflow tells of each command it sends; their number is all that is kept (S08). */
function countingLogger(lane: Lane, onThrottled: (error: unknown) => void): Logger {
  const count = (entry: unknown): void => {
    if (typeof entry !== 'object' || entry === null) return
    if ('err' in entry && isThrottling(entry.err)) onThrottled(entry.err)
    if (!('src' in entry) || entry.src !== 'c') return
    lane.commandSent('login', 0)
    lane.enter('wait: auth')
  }
  return { debug: count, info: count, warn: count, error: count }
}

function isThrottling(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ETHROTTLE'
}

interface LoginParts extends ClientParts {
  readonly account: Account
  readonly signal: AbortSignal
  readonly assertAllowed: ChannelOptions['assertAllowed']
}

async function logIn(client: ImapFlow, parts: LoginParts): Promise<CommandChannel> {
  const { account, signal, options, secret, throttled } = parts
  const abandon = (): void => client.close()
  // Without a listener a reset would end the process (I29).
  client.on('error', () => {})
  // imapflow's own limits are of silence: a server that only says "Still here" would keep it waiting for ever (I23).
  const limitMs = (options.connectTimeoutMs ?? usualTimeoutMs) * 4
  const late = AbortSignal.timeout(limitMs)
  const over = AbortSignal.any([signal, late])
  over.addEventListener('abort', abandon)
  try {
    // It may have fired while the password was being read.
    if (over.aborted) throw interrupted()
    await Promise.race([client.connect(), throttled.promise])
    // It may have been closed since by whoever was first: the server, the signal or the timer.
    if (!client.usable) throw closedEarly(client.byeReason, account.imap)
    return handOver(client, parts)
  } catch (error) {
    client.close()
    if (signal.aborted) throw interrupted()
    if (late.aborted) throw tooSlow(account.imap, limitMs)
    throw toConnectError(error, account.imap, secret)
  } finally {
    over.removeEventListener('abort', abandon)
  }
}

function handOver(client: ImapFlow, { lane, signal, options, reads, assertAllowed }: LoginParts): CommandChannel {
  lane.arrival(client.stats().received)
  lane.commandEnded()
  const sockets = client.unbind()
  sockets.socket.setTimeout(0)
  return new CommandChannel(
    { ...sockets, reads },
    {
      lane,
      signal,
      patience: options.patience ?? usualPatience,
      literalsAtOnce: literalsAtOnce(client.capabilities),
      assertAllowed,
      transcript: options.transcript?.open(capabilitiesOf(client)),
    },
  )
}

/** RFC 7888. */
function literalsAtOnce(capabilities: ImapFlow['capabilities']): number {
  if (capabilities.has('LITERAL+')) return Infinity
  return capabilities.has('LITERAL-') ? 4096 : 0
}

function describe(client: ImapFlow, account: Account): Omit<OpenChannel, 'channel'> {
  const capabilities = capabilitiesOf(client)
  for (const name of account.disable) capabilities.delete(name)
  // QRESYNC is built on it (RFC 7162 §3.2).
  if (account.disable.includes('CONDSTORE')) capabilities.delete('QRESYNC')
  return { capabilities, serverId: describeServer(client.serverInfo) }
}

/** In capitals, as the server names them; imapflow has parted `APPENDLIMIT=4096`. */
function capabilitiesOf(client: ImapFlow): Set<string> {
  const names = [...client.capabilities].map(([name, value]) => (typeof value === 'number' ? `${name}=${value}` : name))
  return new Set(names.map((name) => name.toUpperCase()))
}

function describeServer(info: ImapFlow['serverInfo']): string | undefined {
  const words = [info?.name, info?.version].filter((word): word is string => typeof word === 'string' && word !== '')
  return words.length === 0 ? undefined : words.join(' ').slice(0, 200)
}
