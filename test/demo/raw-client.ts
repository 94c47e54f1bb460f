import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { once } from 'node:events'
import type { Socket } from 'node:net'

/** A client that shows octets as they come. Text is one character per octet. */
export class RawClient implements AsyncDisposable {
  socket: Socket
  #received = ''
  #ended = false
  #wake: (() => void) | undefined
  #tag = 0
  /** Why the connection ended, when it was no orderly end. */
  error: Error | undefined

  constructor(socket: Socket) {
    this.socket = socket
    this.#listen()
  }

  /** Connected, and the greeting read. */
  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(connect(port, '127.0.0.1'))
    await client.readLine()
    return client
  }

  /** Logged in besides. */
  static async logIn(port: number): Promise<RawClient> {
    const client = await RawClient.open(port)
    await client.command('LOGIN ada secret')
    return client
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Sends a command and returns all that is answered, the tag written as `TAG`. */
  async command(text: string): Promise<string> {
    const tag = `t${++this.#tag}`
    this.send(`${tag} ${text}\r\n`)
    const answer = await this.readUntil(new RegExp(`(?:^|\r\n)${tag} [^\r\n]*\r\n`))
    return answer.replace(new RegExp(`(^|\r\n)${tag} `), '$1TAG ')
  }

  async readLine(): Promise<string> {
    return this.readUntil(/\r\n/)
  }

  /** Up to and with the first match; throws when the connection ends before. */
  async readUntil(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received)
      if (match !== null) return this.#take(match.index + match[0].length)
      if (this.#ended) throw new Error(`the connection ended after ${JSON.stringify(this.#received)}`)
      await this.#more()
    }
  }

  /** All that comes until the connection ends. */
  async readToEnd(): Promise<string> {
    while (!this.#ended) await this.#more()
    return this.#take(this.#received.length)
  }

  /** At least so many octets; returns all that is there. */
  async readOctets(count: number): Promise<string> {
    while (this.#received.length < count) await this.#more()
    return this.#take(this.#received.length)
  }

  async startTls(ca: string): Promise<void> {
    await this.command('STARTTLS')
    await this.beginTls(ca)
  }

  async beginTls(ca: string): Promise<void> {
    this.socket.removeAllListeners()
    this.socket = connectTls({ socket: this.socket, ca, servername: 'localhost' })
    await once(this.socket, 'secureConnect')
    this.#listen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
    while (!this.#ended) await this.#more()
  }

  #listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
      this.#wake?.()
    })
    this.socket.on('error', (error) => {
      this.error = error
    })
    for (const event of ['end', 'close']) {
      this.socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  #take(length: number): string {
    const taken = this.#received.slice(0, length)
    this.#received = this.#received.slice(length)
    return taken
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}
