import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

export interface InetdProgram {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly uid?: number
}

/** Listens for a program that serves one connection as its standard input and output, as inetd does. */
export class InetdFront {
  readonly #server: Server
  readonly #children = new Set<ChildProcess>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** `accept` decides what serves a connection, and may speak on it before; undefined: it has been closed. */
  static async open(accept: (socket: Socket) => Promise<InetdProgram | undefined>): Promise<InetdFront> {
    const server = createServer({ pauseOnConnect: true })
    const front = new InetdFront(server)
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy())
      void accept(socket).then((program) => {
        if (program !== undefined && !socket.destroyed) front.#serve(socket, program)
        return undefined
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return front
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the server does not listen')
    return address.port
  }

  #serve(socket: Socket, { argv: [program = '', ...args], environment, directory, uid }: InetdProgram): void {
    const child = spawn(program, args, {
      cwd: directory,
      env: environment,
      stdio: [socket, socket, 'ignore'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    child.once('error', () => this.#children.delete(child))
    // The program has the connection now; what is closed here is this process's own share of it.
    socket.destroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const child of this.#children) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
  }
}
