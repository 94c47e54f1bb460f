import { createHmac } from 'node:crypto'
import { request as requestPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Delivery, DeliveryOutcome } from '../hooks/ports.ts'
import { messageOf } from '../model/errors.ts'

export interface PostTarget {
  /** https, or http to this machine: whoever reads it has seen to that. */
  readonly url: string
  readonly secret: string | undefined
}

export interface PostOptions {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly nowMs: () => number
  readonly limitMs: number
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

const mostAnswer = 65_536
/** They say that it may go better later: not that this is refused. */
const temporary: ReadonlySet<number> = new Set([408, 425, 429])
/** Of those from 500 on, what is said of the way to a receiver, or by one that has too much to do. */
const busy: ReadonlySet<number> = new Set([502, 503, 504, 507, 511])

/** Posts changes as one JSON object, signed: HMAC-SHA256 of the timestamp, a dot and the body, by the hook's secret. 2xx is delivered;
 *  redirections are not followed; of the answer nothing but its status counts. The path of the address is a secret and in no reason. */
export async function receiveByPost(
  target: PostTarget,
  delivery: Delivery,
  options: PostOptions & { readonly signal: AbortSignal },
): Promise<DeliveryOutcome> {
  const { signal, limitMs } = options
  const timeUp = AbortSignal.timeout(limitMs)
  const way = { isSent: false }
  const onSent = (): void => void (way.isSent = true)
  try {
    const answer = await post(target, delivery, { ...options, signal: AbortSignal.any([signal, timeUp]), onSent })
    return outcomeOf(answer, options.nowMs())
  } catch (error) {
    if (signal.aborted) return { kind: 'interrupted' }
    const reason = timeUp.aborted ? `no answer within ${limitMs / 1000} s` : messageOf(error)
    // Who has it all and does not answer may have come to grief over it.
    return { kind: 'unavailable', reason: `${new URL(target.url).host}: ${reason}`, isSuspect: way.isSent }
  }
}

function outcomeOf({ status, retryAfter }: Answer, nowMs: number): DeliveryOutcome {
  const reason = `the answer was HTTP status ${status}`
  if (status >= 200 && status <= 299) return { kind: 'delivered' }
  if (status >= 500 || temporary.has(status)) {
    const isSuspect = status >= 500 && !busy.has(status)
    return { kind: 'unavailable', reason, retryAfterMs: toDelayMs(retryAfter, nowMs), isSuspect }
  }
  return { kind: 'refused', reason: status >= 300 && status <= 399 ? `${reason}, and none is followed` : reason }
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function toDelayMs(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

function post(
  { url, secret }: PostTarget,
  { hook, id, lines }: Delivery,
  options: PostOptions & { readonly signal: AbortSignal; readonly onSent: () => void },
): Promise<Answer> {
  const { version, nowMs, signal, onSent } = options
  const body = Buffer.from(
    `{"v":1,"hook":${JSON.stringify(hook.name)},"delivery":${JSON.stringify(id)},"changes":[${lines.join(',')}]}`,
  )
  const timestamp = `${Math.floor(nowMs() / 1000)}`
  const headers = {
    'user-agent': `mailmirror/${version}`,
    'content-type': 'application/json',
    'content-length': body.length,
    'x-mailmirror-delivery': id,
    'x-mailmirror-timestamp': timestamp,
    ...(secret === undefined ? {} : { 'x-mailmirror-signature': `sha256=${signatureOf(secret, timestamp, body)}` }),
  }
  return new Promise((resolve, reject) => {
    const request = (new URL(url).protocol === 'https:' ? requestSecure : requestPlain)(url, {
      method: 'POST',
      headers,
      signal,
      // A connection of its own: nothing is left over when the hook is done.
      agent: false,
      maxHeaderSize: 16_384,
    })
    request.on('error', reject)
    request.on('finish', onSent)
    const onClose = (): void => reject(new Error('the connection ended without an answer'))
    // Of one that changes its protocol Node tells nothing else.
    request.on('close', onClose)
    request.on('response', (response) => {
      request.off('close', onClose)
      readToItsEnd(response).then(resolve, reject)
    })
    request.end(body)
  })
}

function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')
}

/** An answer that breaks off is none: its sender may have died before it has kept anything. Of a long one the beginning is enough. */
function readToItsEnd(response: IncomingMessage): Promise<Answer> {
  const answer = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
  return new Promise((resolve, reject) => {
    let octets = 0
    response.on('error', reject)
    response.on('aborted', () => reject(new Error('the answer broke off')))
    response.on('end', () => resolve(answer))
    response.on('data', (part: Buffer) => {
      octets += part.length
      if (octets <= mostAnswer) return
      resolve(answer)
      response.destroy()
    })
  })
}
