import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { ServerSettings } from '../model/account.ts'
import { AppError } from '../model/errors.ts'
import type { ServerProbe } from '../setup/lookup-ports.ts'
import { interrupted } from './command-error.ts'
import { toConnectError } from './connect-error.ts'
import { readTrusted } from './imap-source.ts'
import { openSecurely } from './secure-transport.ts'

/** Of everything that a server says before the login. */
const maxOctets = 64 * 1024

/** Greets, asks for capabilities and takes leave. `timeoutMs`: of all of it. */
export function createServerProbe({ timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {}): ServerProbe {
  return {
    capabilities: async (server, trust, signal) => {
      const settings = { ...server, ...trust, allowPlaintext: true, user: '', password: undefined }
      const late = AbortSignal.timeout(timeoutMs)
      using dialogue = new Dialogue(settings, readTrusted(trust.caFile), AbortSignal.any([signal, late]))
      try {
        return await dialogue.run()
      } catch (error) {
        if (signal.aborted) throw interrupted()
        throw toConnectError(late.aborted ? { code: 'GREETING_TIMEOUT' } : error, settings)
      }
    },
  }
}

class Dialogue implements Disposable {
  readonly #settings: ServerSettings
  readonly #trusted: string | undefined
  readonly #over: AbortSignal
  #socket: Socket | undefined
  #unread = ''
  #octets = 0
  /** Settles when there is more to read, or never will be. */
  #arrival = Promise.withResolvers<void>()
  #end: Error | undefined

  constructor(settings: ServerSettings, trusted: string | undefined, over: AbortSignal) {
    this.#settings = settings
    this.#trusted = trusted
    this.#over = over
  }

  async run(): Promise<ReadonlySet<string>> {
    const { host, port, security } = this.#settings
    this.#over.throwIfAborted()
    this.#over.addEventListener('abort', this.#abandon)
    if (security === 'tls') await this.#secure({ port })
    else await this.#listenTo(connect({ host, port }), 'connect')
    refuseGreeting(await this.#line())
    if (security === 'starttls') await this.#upgrade()
    const lines = await this.#command('CAPABILITY')
    void this.#command('LOGOUT').catch(() => undefined)
    return new Set(lines.flatMap(capabilitiesIn))
  }

  [Symbol.dispose](): void {
    this.#over.removeEventListener('abort', this.#abandon)
    this.#socket?.destroySoon()
  }

  readonly #abandon = (): void => {
    this.#close(new Error('abandoned'))
    this.#socket?.destroy()
  }

  async #upgrade(): Promise<void> {
    const socket = this.#socket
    const lines = await this.#command('STARTTLS')
    if (socket === undefined || !/^p OK\b/i.test(lines.at(-1) ?? '')) throw notOffered
    socket.removeAllListeners('data')
    // What came in plain text behind the answer was not said by who holds the certificate (RFC 9051 §11.1).
    if (this.#unread !== '') throw injected
    await this.#secure({ socket })
  }

  async #secure(options: { readonly port: number } | { readonly socket: Socket }): Promise<void> {
    const secured = Promise.withResolvers<void>()
    const socket = openSecurely(options, { settings: this.#settings, trusted: this.#trusted }, secured.resolve)
    socket.once('error', secured.reject)
    socket.once('close', () => secured.reject(closed))
    this.#socket = socket
    await secured.promise
    this.#read(socket)
  }

  async #listenTo(socket: Socket, ready: string): Promise<void> {
    const connected = Promise.withResolvers<void>()
    socket.once(ready, () => connected.resolve())
    socket.once('error', connected.reject)
    socket.once('close', () => connected.reject(closed))
    this.#socket = socket
    await connected.promise
    this.#read(socket)
  }

  #read(socket: Socket): void {
    socket.on('error', (error) => this.#close(error))
    socket.on('close', () => this.#close(closed))
    socket.on('data', (chunk: Buffer) => {
      this.#octets += chunk.length
      this.#unread += chunk.toString('latin1')
      if (this.#octets > maxOctets) this.#close(tooMuch)
      else this.#arrival.resolve()
    })
  }

  #close(reason: Error): void {
    this.#end ??= reason
    this.#arrival.resolve()
  }

  /** The lines of the answer, the tagged one last. */
  async #command(name: string): Promise<readonly string[]> {
    this.#socket?.write(`p ${name}\r\n`)
    const lines: string[] = []
    do lines.push(await this.#line())
    while (lines.at(-1)?.startsWith('p ') === false)
    return lines
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf('\n')
      if (end >= 0) {
        const line = this.#unread.slice(0, end).replace(/\r$/, '')
        this.#unread = this.#unread.slice(end + 1)
        return line
      }
      if (this.#end !== undefined) throw this.#end
      this.#arrival = Promise.withResolvers()
      await this.#arrival.promise
    }
  }
}

const tooMuch = Object.assign(new Error('it says too much'), { code: 'ResponseTooLarge' })
// In the words of imapflow, which connect-error.ts translates.
const closed = Object.assign(new Error('closed'), { code: 'ClosedAfterConnectText' })
const notOffered = Object.assign(new Error('Server does not support STARTTLS'), { code: 'MissingServerExtension' })
const injected = Object.assign(new Error('data behind STARTTLS'), { code: 'STARTTLS_INJECTION', tlsFailed: true })

function refuseGreeting(line: string): void {
  if (/^\* (?:OK|PREAUTH)\b/i.test(line)) return
  const bye = /^\* BYE\b ?(.*)/i.exec(line)?.[1]
  if (bye !== undefined) throw Object.assign(new Error(bye), { code: 'NoConnection', reason: bye })
  throw new AppError({
    code: 'PROTOCOL_VIOLATION',
    message: 'could not greet the server: what answers is no IMAP server',
    hint: 'check the host and the port',
  })
}

function capabilitiesIn(line: string): readonly string[] {
  const [, names] = /^\* CAPABILITY (.*)/i.exec(line) ?? []
  return names === undefined
    ? []
    : names
        .toUpperCase()
        .split(' ')
        .filter((name) => name !== '')
}
