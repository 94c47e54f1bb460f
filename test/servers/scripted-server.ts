import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import { createDeflateRaw, createInflateRaw } from 'node:zlib'
import type { DeflateRaw } from 'node:zlib'

/** A command as it came, one character per octet, literals included. */
export interface ScriptedCommand {
  /** From 1, in the order in which the server accepted them. */
  readonly connection: number
  readonly tag: string
  /** Without tag and CRLF. */
  readonly text: string
}

/** What is sent in answer, octet by octet; `TAG ` at the beginning of a line stands for the command's tag. A function is
 *  called with the peer and sends for itself. undefined: what any server answers. */
export type Answer = string | Buffer | ((peer: ScriptedPeer) => void | Promise<void>) | undefined

export interface ScriptedServerOptions {
  /** Default `* OK ready`. `undefined` as a value: silence. */
  readonly greeting?: Answer
  /** Default `IMAP4rev1`. */
  readonly capabilities?: string | ((peer: ScriptedPeer) => string)
  /** PEM. TLS from the first octet, unless `startTls`. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly startTls?: boolean
  readonly answer?: (command: ScriptedCommand, peer: ScriptedPeer) => Answer
}

/** A server that says exactly what a test wants said, whatever the protocol allows. Without a script it lets anybody in and
 *  answers OK. */
export async function startScriptedServer(options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const server = new ScriptedServer(options)
  await server.listen()
  return server
}

export class ScriptedServer implements AsyncDisposable {
  readonly #options: ScriptedServerOptions
  readonly #server: Server
  readonly #peers = new Set<ScriptedPeer>()
  readonly #bugs: unknown[] = []
  /** Everything that was received, in order, without tags. */
  readonly received: string[] = []
  connections = 0
  port = 0

  constructor(options: ScriptedServerOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true }, (socket) => {
      const peer = new ScriptedPeer(socket, ++this.connections, this.#options)
      this.#peers.add(peer)
      peer.onCommand = (command) => this.received.push(command.text)
      socket.on('close', () => this.#peers.delete(peer))
      void peer.serve().catch((error: unknown) => this.#bugs.push(error))
    })
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(0, '127.0.0.1', resolve)
    await promise
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  /** The connections that are open. */
  get peers(): readonly ScriptedPeer[] {
    return [...this.#peers]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const peer of this.#peers) peer.destroy()
    await promise
    if (this.#bugs.length > 0) throw new AggregateError(this.#bugs, 'the script failed')
  }
}

/** The server's side of one connection. */
export class ScriptedPeer {
  readonly connection: number
  readonly #raw: Socket
  readonly #options: ScriptedServerOptions
  #stream: Socket
  #deflate: DeflateRaw | undefined
  #buffer = ''
  #wake: (() => void) | undefined
  #isOver = false
  isSecure: boolean
  onCommand: ((command: ScriptedCommand) => void) | undefined

  constructor(raw: Socket, connection: number, options: ScriptedServerOptions) {
    this.#raw = raw
    this.connection = connection
    this.#options = options
    this.isSecure = options.tls !== undefined && options.startTls !== true
    this.#stream = this.isSecure ? this.#toTls() : raw
    raw.on('error', () => raw.destroy())
    raw.on('close', () => this.#end())
    this.#listen()
  }

  /** Octets as they stand. Resolves when the connection can take more. */
  async send(octets: string | Buffer): Promise<void> {
    if (this.#isOver || !this.#stream.writable) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const sent = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets
    if (this.#deflate === undefined) this.#stream.write(sent, () => resolve())
    else {
      this.#deflate.write(sent)
      this.#deflate.flush(() => resolve())
    }
    await promise
  }

  /** Octets that no compression touches. */
  sendRaw(octets: Buffer): void {
    this.#raw.write(octets)
  }

  /** The same after a pause. */
  async sendAfter(ms: number, octets: string): Promise<void> {
    await delay(ms)
    await this.send(octets)
  }

  /** The same again and again, until the client has gone. */
  async sendEvery(ms: number, octets: string): Promise<void> {
    while (!this.#isOver) await this.sendAfter(ms, octets)
  }

  /** Settles when the network takes no more of what has been written. */
  async untilStuck(): Promise<void> {
    for (let before = -1; before !== this.unsent; await delay(50)) before = this.unsent
  }

  /** How many octets have been written that the network has not taken. */
  get unsent(): number {
    return this.#stream.writableLength
  }

  /** An orderly end. */
  end(): void {
    this.#stream.end()
  }

  reset(): void {
    this.#raw.resetAndDestroy()
  }

  destroy(): void {
    this.#raw.destroy()
  }

  /** Settles when the client has gone. */
  async untilClosed(): Promise<void> {
    while (!this.#isOver) await this.#more()
  }

  /** Sends this and speaks TLS from then on. */
  async startTls(octets: string): Promise<void> {
    // What comes after this belongs to TLS.
    this.#raw.pause()
    this.#raw.removeAllListeners('data')
    this.#buffer = ''
    await this.send(octets)
    this.#stream = this.#toTls()
    this.isSecure = true
    this.#listen()
  }

  /** Sends this and compresses both directions from then on (RFC 4978). */
  async startDeflate(octets: string): Promise<void> {
    this.#raw.pause()
    this.#raw.removeAllListeners('data')
    await this.send(octets)
    this.#deflate = createDeflateRaw()
    this.#deflate.pipe(this.#raw)
    const inflate = createInflateRaw()
    inflate.on('data', (chunk: Buffer) => this.#take(chunk))
    inflate.on('error', () => this.#raw.destroy())
    this.#raw.pipe(inflate)
  }

  async serve(): Promise<void> {
    if ('greeting' in this.#options) await this.#say(this.#options.greeting, '*')
    else await this.send('* OK ready\r\n')
    for (;;) {
      const line = await this.#readCommand()
      if (line === undefined) return
      const [tag = '', ...words] = line.split(' ')
      const command = { connection: this.connection, tag, text: words.join(' ') }
      this.onCommand?.(command)
      const answer = this.#options.answer?.(command, this) ?? this.#usualAnswer(command)
      await this.#say(answer, tag)
    }
  }

  /** What the client sends next that is no command: the response to an invitation. */
  readLine(): Promise<string | undefined> {
    return this.#read(/^([^\n]*?)\r?\n/)
  }

  async #say(answer: Answer, tag: string): Promise<void> {
    if (typeof answer === 'function') await answer(this)
    else if (typeof answer === 'string') await this.send(answer.replaceAll(/^TAG /gm, `${tag} `))
    else if (answer !== undefined) await this.send(answer)
  }

  #usualAnswer({ tag, text }: ScriptedCommand): Answer {
    const { capabilities = 'IMAP4rev1' } = this.#options
    const [name = ''] = text.toUpperCase().split(' ', 1)
    switch (name) {
      case 'CAPABILITY':
        return `* CAPABILITY ${typeof capabilities === 'string' ? capabilities : capabilities(this)}\r\nTAG OK done\r\n`
      case 'LIST':
        return text.endsWith('""') ? '* LIST (\\Noselect) "/" ""\r\nTAG OK done\r\n' : 'TAG OK done\r\n'
      case 'STARTTLS':
        return (peer) => peer.startTls(`${tag} OK begin\r\n`)
      case 'COMPRESS':
        return (peer) => peer.startDeflate(`${tag} OK begin\r\n`)
      case 'AUTHENTICATE':
        return async (peer) => {
          await peer.send('+ \r\n')
          await peer.readLine()
          await peer.send(`${tag} OK done\r\n`)
        }
      case 'LOGOUT':
        return async (peer) => {
          await peer.send(`* BYE until next time\r\n${tag} OK done\r\n`)
          peer.end()
        }
      default:
        return 'TAG OK done\r\n'
    }
  }

  /** A line, with the literals that belong to it. */
  async #readCommand(): Promise<string | undefined> {
    let command = ''
    for (;;) {
      const line = await this.readLine()
      if (line === undefined) return undefined
      command += line
      const literal = /\{(\d+)(\+?)\}$/.exec(line)
      if (literal === null) return command
      if (literal[2] === '') await this.send('+ go on\r\n')
      const octets = await this.#read(new RegExp(`^([^]{${literal[1]}})`))
      if (octets === undefined) return undefined
      command += `\r\n${octets}`
    }
  }

  async #read(pattern: RegExp): Promise<string | undefined> {
    for (;;) {
      const match = pattern.exec(this.#buffer)
      if (match !== null) {
        this.#buffer = this.#buffer.slice(match[0].length)
        return match[1]
      }
      if (this.#isOver) return undefined
      await this.#more()
    }
  }

  #toTls(): TLSSocket {
    const { key, cert } = this.#options.tls ?? {}
    const secure = new TLSSocket(this.#raw, { isServer: true, secureContext: createSecureContext({ key, cert }) })
    secure.on('error', () => this.#raw.destroy())
    return secure
  }

  #listen(): void {
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#stream.on('end', () => this.#end())
  }

  #take(chunk: Buffer): void {
    this.#buffer += chunk.toString('latin1')
    this.#wake?.()
  }

  #end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}
