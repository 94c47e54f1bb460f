import { request as requestPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import { AppError, messageOf } from '../model/errors.ts'

export interface PingRequest {
  /** https, or http to this machine: whoever reads it has seen to that. */
  readonly url: URL
  readonly method: 'GET' | 'POST'
  /** Sent with a POST. */
  readonly text?: string | undefined
  readonly version: string
  /** Ends the attempt. */
  readonly signal: AbortSignal
}

/** Tells a monitor. Redirections are not followed, and of the answer nothing but its status is read. Throws SERVER_UNREACHABLE;
 *  what it says names the host alone, since the path of such an address is a secret. */
export async function sendPing(ping: PingRequest): Promise<void> {
  const status = await answerTo(ping).catch((error: unknown) => {
    throw failure(ping, ping.signal.aborted ? 'no answer in time' : messageOf(error), error)
  })
  if (status < 200 || status > 299) throw failure(ping, `the answer was status ${status}`)
}

function answerTo({ url, method, text, version, signal }: PingRequest): Promise<number> {
  const body = Buffer.from(text ?? '', 'utf8')
  const headers = {
    'user-agent': `mailmirror/${version}`,
    ...(method === 'POST' ? { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length } : {}),
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, {
      method,
      headers,
      signal,
      // A connection of its own, gone with the answer: the process is about to end.
      agent: false,
      maxHeaderSize: 16_384,
    })
    request.on('error', reject)
    request.on('response', (response: IncomingMessage) => {
      resolve(response.statusCode ?? 0)
      response.on('error', () => undefined)
      response.destroy()
    })
    request.end(method === 'POST' ? body : undefined)
  })
}

function failure({ url }: PingRequest, why: string, cause?: unknown): AppError {
  return new AppError({ code: 'SERVER_UNREACHABLE', message: `could not ping ${url.host}: ${why}`, cause })
}
