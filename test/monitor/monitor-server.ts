import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { text } from 'node:stream/consumers'
import type { Certificate } from '../support/certificate.ts'

export interface ToldRequest {
  readonly method: string
  readonly path: string
  readonly text: string
}

/** A health check on this machine that notes what it is told. */
export interface MonitorServer extends AsyncDisposable {
  readonly port: number
  readonly told: readonly ToldRequest[]
  /** Resolves when an answer has ended or nobody takes it any more. */
  readonly hungUp: Promise<void>
}

export interface MonitorAnswer {
  /** undefined: never answers. */
  readonly status?: number | undefined
  readonly certificate?: Certificate
  /** Sent after the header, for ever. */
  readonly endless?: boolean
}

export async function startMonitor(answer: MonitorAnswer = { status: 200 }): Promise<MonitorServer> {
  const told: ToldRequest[] = []
  const hungUp = Promise.withResolvers<void>()
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    told.push({ method: request.method ?? '', path: request.url ?? '', text: await text(request) })
    if (answer.status === undefined) return
    response.on('close', () => hungUp.resolve()).writeHead(answer.status, { location: '/elsewhere' })
    if (answer.endless === true) response.on('drain', () => response.write(Buffer.alloc(65_536))).write('more')
    else response.end('OK')
  }
  const listen: RequestListener = (request, response) => {
    listener(request, response).catch(() => response.destroy())
  }
  const server =
    answer.certificate === undefined ? createServer(listen) : createSecureServer(answer.certificate, listen)
  return { port: await portOf(server), told, hungUp: hungUp.promise, [Symbol.asyncDispose]: () => close(server) }
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
