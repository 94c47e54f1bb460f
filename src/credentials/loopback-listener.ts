import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../model/errors.ts'
import { interrupted } from './password-text.ts'

/** Waits on 127.0.0.1 for a browser that comes back (RFC 8252 §7.3). It answers one request that knows the state, and ends. Whoever else
 *  comes by is sent away and changes nothing (S27). */
export class LoopbackListener implements Disposable {
  readonly port: number
  readonly #server: ReturnType<typeof createServer>
  readonly #found = Promise.withResolvers<URLSearchParams>()
  #state: string | undefined

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.port = port
    this.#server = server
    // Nobody may be waiting when it is closed.
    this.#found.promise.catch(() => undefined)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response))
  }

  static async open(): Promise<LoopbackListener> {
    const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 })
    const port = await new Promise<number>((resolve, reject) => {
      server.on('error', reject)
      server.listen(0, '127.0.0.1', () => resolve(portOf(server.address())))
    })
    return new LoopbackListener(server, port)
  }

  /** What the browser brings. Throws LOGIN_REJECTED when it has not come in time, INTERRUPTED when the signal fires. */
  async wait(state: string, limitMs: number, signal: AbortSignal): Promise<URLSearchParams> {
    this.#state = state
    const late = AbortSignal.timeout(limitMs)
    const give = (): void => this.#found.reject(signal.aborted ? interrupted() : tooLate(limitMs))
    const over = AbortSignal.any([signal, late])
    over.addEventListener('abort', give)
    if (over.aborted) give()
    try {
      return await this.#found.promise
    } finally {
      over.removeEventListener('abort', give)
      this[Symbol.dispose]()
    }
  }

  [Symbol.dispose](): void {
    this.#state = undefined
    this.#server.close()
    // Browsers open more connections than they use; none of them shall keep the process.
    this.#server.closeAllConnections()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const isOurs = request.method === 'GET' && pathname === '/' && this.#state !== undefined
    if (!isOurs || searchParams.get('state') !== this.#state) {
      say(response, 400, 'This is not what mailmirror is waiting for.')
      return
    }
    this.#state = undefined
    response.on('close', () => this.#found.resolve(searchParams))
    say(response, 200, 'mailmirror has got the answer. You can close this window and go back to the terminal.')
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  })
  response.end(`${text}\n`)
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('a listener on 127.0.0.1 has no port')
  return address.port
}

function tooLate(limitMs: number): AppError {
  return new AppError({
    code: 'LOGIN_REJECTED',
    message: `could not log in: no browser has come back within ${limitMs / 1000} s`,
    hint: 'begin again; if the browser runs on another machine, use --paste or --device',
  })
}
