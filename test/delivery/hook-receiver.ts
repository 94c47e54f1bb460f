import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { Certificate } from '../support/certificate.ts'

export interface ToldChanges {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly seqs: readonly number[]
}

export interface Receiver {
  readonly port: number
  readonly url: string
  readonly told: readonly ToldChanges[]
  /** Those that were answered with a success. */
  readonly taken: readonly number[]
  /** Ends it, as if its process had died. */
  readonly stop: () => Promise<void>
}

/** A status; or what else is done with the answer, which then never counts as one that has taken the changes. */
export type Answering = (told: ToldChanges, response: ServerResponse) => number | undefined

export interface ReceiverOptions {
  readonly answer?: Answering
  readonly port?: number
  readonly certificate?: Certificate
}

/** A web server on this machine that is told of changes. */
export async function startReceiver({
  answer = () => 200,
  port = 0,
  certificate,
}: ReceiverOptions = {}): Promise<Receiver> {
  const told: ToldChanges[] = []
  const taken: number[] = []
  const listen = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const one = { headers: request.headers, body, seqs: seqsIn(body) }
    told.push(one)
    const status = answer(one, response)
    if (status === undefined) return
    if (status < 300) taken.push(...one.seqs)
    response.writeHead(status, { location: '/elsewhere', 'retry-after': '1' }).end('noted')
  }
  const server = certificate === undefined ? createServer() : createSecureServer(certificate)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    listen(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const own = typeof address === 'object' && address !== null ? address.port : 0
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  onTestFinished(stop)
  const scheme = certificate === undefined ? 'http' : 'https'
  return { port: own, url: `${scheme}://127.0.0.1:${own}/secret-path`, told, taken, stop }
}

function seqsIn(body: string): readonly number[] {
  return [...body.matchAll(/"v":1,"seq":(\d+)/g)].map((match) => Number(match[1]))
}
