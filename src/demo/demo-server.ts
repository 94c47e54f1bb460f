import { createSecureContext, TLSSocket } from 'node:tls'
import { createServer } from 'node:net'
import { enabledExtensions } from './extensions.ts'
import { FaultSwitchboard } from './faults.ts'
import { OctetSource } from './octet-source.ts'
import { serveSession } from './serve-session.ts'
import { Session } from './session.ts'
import { WireOutput } from './wire-output.ts'
import type { ExtensionSwitches } from './extensions.ts'
import type { FaultRule } from './faults.ts'
import type { InputLimits } from './command-reader.ts'
import type { MailStore } from './mail-store.ts'
import type { SecureContext } from 'node:tls'
import type { Server, Socket } from 'node:net'
import type { ServerState, StartTls } from './session.ts'
import type { Wire } from './wire-output.ts'

export interface DemoServerOptions {
  readonly store: MailStore
  /** Name to password; all see the same mail. */
  readonly users: Readonly<Record<string, string>>
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default: one that is free. */
  readonly port?: number
  readonly extensions?: ExtensionSwitches
  /** PEM. TLS from the first octet, or by STARTTLS where that extension is on. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Before each response. */
  readonly latencyMs?: number
  /** Of each connection, towards the client. */
  readonly octetsPerSecond?: number
  readonly faults?: readonly FaultRule[]
  /** At the same time; a further one is refused with BYE. Default 256. */
  readonly maxConnections?: number
  readonly limits?: Partial<InputLimits>
}

/** A command as it was received. */
export interface ReceivedCommand {
  /** From 1, in the order in which the server accepted them. */
  readonly connection: number
  /** With its tag, without CRLF; long literals as `{n}`. */
  readonly line: string
}

const maxNotedCommands = 200_000
const maxUnreadOctets = 1024 * 1024
const defaultLimits: InputLimits = { maxLineOctets: 64 * 1024, maxLiteralOctets: 64 * 1024 * 1024 }

/** An IMAP4rev1 server (RFC 3501) over a MailStore, listening when the promise resolves. */
export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const server = new DemoServer(options)
  await server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  return server
}

export class DemoServer implements AsyncDisposable {
  readonly faults = new FaultSwitchboard()
  readonly #state: ServerState
  readonly #secureContext: SecureContext | undefined
  readonly #octetsPerSecond: number
  readonly #maxConnections: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #bugs: unknown[] = []
  #commands: ReceivedCommand[] = []
  #connections = 0
  #port = 0

  constructor(options: DemoServerOptions) {
    const { store, users, extensions = {}, limits = {}, tls, faults = [] } = options
    const { latencyMs = 0, octetsPerSecond = 0, maxConnections = 256 } = options
    const on = enabledExtensions(extensions)
    this.#state = { store, users, extensions: on, limits: { ...defaultLimits, ...limits }, latencyMs }
    this.#octetsPerSecond = octetsPerSecond
    this.#maxConnections = maxConnections
    this.#secureContext = tls === undefined ? undefined : createSecureContext({ key: tls.key, cert: tls.cert })
    if (on.has('STARTTLS') && tls === undefined) throw new TypeError('STARTTLS needs a key and a certificate')
    for (const rule of faults) this.faults.add(rule)
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  get port(): number {
    return this.#port
  }

  /** How many connections have been accepted so far. */
  get connections(): number {
    return this.#connections
  }

  get openConnections(): number {
    // A socket that both sides have ended tells so a little later.
    return [...this.#sockets].filter(({ readyState }) => readyState !== 'closed').length
  }

  /** Everything that was received, in order; the oldest are forgotten above 200,000. */
  get commands(): readonly ReceivedCommand[] {
    return this.#commands
  }

  /** Rejects when the address cannot be had. */
  async listen(port: number, host: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(port, host, resolve)
    await promise
    this.#server.off('error', reject)
    const address = this.#server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : port
  }

  /** Ends every connection and frees the port. Rejects when a connection had met a bug of this server. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const socket of this.#sockets) socket.destroy()
    await promise
    if (this.#bugs.length > 0) throw new AggregateError(this.#bugs, 'the demo server failed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #accept(raw: Socket): void {
    const connection = ++this.#connections
    this.#sockets.add(raw)
    const closed = new AbortController()
    raw.on('close', () => {
      this.#sockets.delete(raw)
      closed.abort()
    })
    // A client may vanish at any time; 'close' follows.
    raw.on('error', () => raw.destroy())
    if (this.openConnections > this.#maxConnections) {
      raw.write('* BYE too many connections\r\n')
      raw.destroySoon()
      return
    }
    void this.#serve({ connection, raw, closed: closed.signal })
  }

  async #serve({ connection, raw, closed }: Accepted): Promise<void> {
    const context = this.#secureContext
    const isImplicit = context !== undefined && !this.#state.extensions.has('STARTTLS')
    const wire: Wire = { raw, stream: isImplicit ? secured(raw, context) : raw }
    const source = new OctetSource()
    let stopFeeding = feed(wire.stream, source)
    closed.addEventListener('abort', () => source.end())
    const startTls: StartTls | undefined = context && {
      prepare: () => stopFeeding(),
      begin: () => {
        wire.stream = secured(raw, context)
        stopFeeding = feed(wire.stream, source)
      },
    }
    const output = new WireOutput(wire, this.#octetsPerSecond, closed)
    const session = new Session({ server: this.#state, source, output, isSecure: isImplicit, startTls })
    try {
      await serveSession(session, (line) => {
        if (line === undefined) return this.faults.take('GREETING', connection)
        this.#note({ connection, line })
        return this.faults.take(line, connection)
      })
    } catch (error) {
      this.#bugs.push(error)
      raw.destroy()
    }
  }

  #note(command: ReceivedCommand): void {
    if (this.#commands.length >= maxNotedCommands) this.#commands = this.#commands.slice(maxNotedCommands / 2)
    this.#commands.push(command)
  }
}

interface Accepted {
  readonly connection: number
  readonly raw: Socket
  readonly closed: AbortSignal
}

function secured(raw: Socket, secureContext: SecureContext): TLSSocket {
  const secure = new TLSSocket(raw, { isServer: true, secureContext })
  // A handshake that fails, a client that vanishes: the connection is over, the server goes on.
  secure.on('error', () => raw.destroy())
  return secure
}

/** Hands on what arrives, at most about 1 MB more than its reader wants. Returns how to stop it. */
function feed(stream: Socket, source: OctetSource): () => void {
  const onData = (chunk: Buffer): void => {
    source.feed(chunk)
    if (!source.isWanted && source.buffered > maxUnreadOctets) stream.pause()
  }
  const onEnd = (): void => source.end()
  source.onRead(() => {
    if (stream.isPaused()) stream.resume()
  })
  stream.on('data', onData)
  stream.on('end', onEnd)
  return () => {
    source.onRead(undefined)
    stream.pause()
    stream.off('data', onData)
    stream.off('end', onEnd)
  }
}
