import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

/** Stands between a client and a server on loopback, and ends connections after so many octets of the client's. */
export class CuttingProxy implements AsyncDisposable {
  /** Of each connection in turn; those after the last are let through. */
  readonly #limits: number[]
  readonly #sockets = new Set<Socket>()
  readonly #server
  cuts = 0

  private constructor(serverPort: number, limits: readonly number[]) {
    this.#limits = [...limits]
    this.#server = createServer((client) => this.#pass(client, serverPort))
  }

  static async open(serverPort: number, limits: readonly number[]): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(serverPort, limits)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy listens')
    return address.port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(client: Socket, serverPort: number): void {
    let left = this.#limits.shift() ?? Infinity
    const server = connect(serverPort, '127.0.0.1')
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
    }
    server.pipe(client)
    client.on('end', () => server.end())
    client.on('data', (chunk: Buffer) => {
      server.write(chunk.subarray(0, Math.min(left, chunk.length)))
      left -= chunk.length
      if (left > 0) return
      this.cuts++
      client.resetAndDestroy()
      // What was let through arrives.
      server.end()
    })
  }
}
