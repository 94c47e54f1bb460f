import { readFileSync } from 'node:fs'
import { ImapFlow } from 'imapflow'
import type { Logger } from 'imapflow'
import type { Account, ServerSettings } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { Lane } from '../model/lane.ts'
import type { Secrets } from '../model/secrets.ts'
import type { MailConnection, MailSource } from '../sync/ports.ts'
import { CommandChannel } from './command-channel.ts'
import { interrupted } from './command-error.ts'
import { toConnectError } from './connect-error.ts'
import { ImapConnection } from './imap-connection.ts'
import { usualPatience } from './progress-watchdog.ts'
import type { Patience } from './progress-watchdog.ts'
import { secureTransport } from './secure-transport.ts'

export interface ImapSourceOptions {
  readonly secrets: Secrets
  readonly version: string
  /** COMPRESS=DEFLATE: worth it on slow links, ruinous on fast ones; `auto` leaves it out on this machine itself. */
  readonly compress?: boolean | 'auto'
  readonly patience?: Patience
  readonly connectTimeoutMs?: number
}

/** Limits while logging in, when imapflow reads (I27). */
const loginLimits = { maxLineLength: 2 ** 20, maxLiteralSize: 2 ** 20, maxResponseSize: 2 ** 22 }

/** imapflow opens, secures and logs in; from then on the socket is ours (see src/README.md). */
export function createImapSource(options: ImapSourceOptions): MailSource {
  return {
    connect: async (account, lane, signal) => {
      if (signal.aborted) throw interrupted()
      const password = await readPassword(account, options.secrets, signal)
      const client = createClient(account.imap, { lane, password, options })
      const channel = await logIn(client, { account, lane, signal, options })
      return toConnection(client, channel, account)
    },
  }
}

async function readPassword({ name, imap }: Account, secrets: Secrets, signal: AbortSignal): Promise<string> {
  if (imap.password !== undefined) return secrets.password(imap.password, signal)
  throw new AppError({
    code: 'SECRET_UNAVAILABLE',
    message: `account ${name} has no password`,
    hint: `set accounts.${name}.imap.password in the config, for instance { command = ["pass", "show", "mail"] }`,
  })
}

interface ClientParts {
  readonly lane: Lane
  readonly password: string
  readonly options: ImapSourceOptions
}

function createClient(settings: ServerSettings, { lane, password, options }: ClientParts): ImapFlow {
  const { host, port, security, user, caFile } = settings
  const timeoutMs = options.connectTimeoutMs ?? 30_000
  return new ImapFlow({
    host,
    port,
    auth: { user, pass: password },
    secure: security === 'tls',
    doSTARTTLS: security === 'starttls',
    transport: secureTransport({ settings, trusted: readTrusted(caFile), lane }),
    logger: countingLogger(lane),
    clientInfo: { name: 'mailmirror', version: options.version },
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    disableCompression: !wantsCompression(host, options.compress ?? 'auto'),
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

function readTrusted(caFile: string | undefined): string | undefined {
  if (caFile === undefined) return undefined
  try {
    return readFileSync(caFile, 'utf8')
  } catch (error) {
    throw new AppError({
      code: 'CONFIG_INVALID',
      message: `could not read the ca-file ${caFile}`,
      hint: 'check the path and its modes; it is a PEM file',
      cause: error,
    })
  }
}

/** imapflow tells of each command it sends; their number is all that is kept (S08). */
function countingLogger(lane: Lane): Logger {
  const count = (entry: unknown): void => {
    if (typeof entry !== 'object' || entry === null || !('src' in entry) || entry.src !== 'c') return
    lane.commandSent('login', 0)
    lane.enter('wait: auth')
  }
  return { debug: count, info: count, warn: count, error: count }
}

interface LoginParts {
  readonly account: Account
  readonly lane: Lane
  readonly signal: AbortSignal
  readonly options: ImapSourceOptions
}

async function logIn(client: ImapFlow, { account, lane, signal, options }: LoginParts): Promise<CommandChannel> {
  const abandon = (): void => client.close()
  // Without a listener a reset would end the process (I29).
  client.on('error', () => {})
  signal.addEventListener('abort', abandon, { once: true })
  try {
    await client.connect()
    const { sent, received } = client.stats()
    lane.arrival(received)
    lane.commandEnded()
    const sockets = client.unbind()
    void sent
    sockets.socket.setTimeout(0)
    const channel = new CommandChannel(sockets, {
      lane,
      patience: options.patience ?? usualPatience,
      canSendLiteralsAtOnce: client.capabilities.has('LITERAL+') || client.capabilities.has('LITERAL-'),
    })
    signal.addEventListener('abort', () => channel.interrupt(), { once: true })
    return channel
  } catch (error) {
    client.close()
    lane.close()
    throw signal.aborted ? interrupted() : toConnectError(error, account.imap)
  } finally {
    signal.removeEventListener('abort', abandon)
  }
}

function toConnection(client: ImapFlow, channel: CommandChannel, account: Account): MailConnection {
  const capabilities = new Set([...client.capabilities.keys()].map((name) => name.toUpperCase()))
  for (const name of account.disable) capabilities.delete(name)
  return new ImapConnection(channel, { capabilities, serverId: describeServer(client.serverInfo) })
}

function describeServer(info: ImapFlow['serverInfo']): string | undefined {
  const words = [info?.name, info?.version].filter((word): word is string => typeof word === 'string' && word !== '')
  return words.length === 0 ? undefined : words.join(' ').slice(0, 200)
}
