import { setTimeout as delay } from 'node:timers/promises'
import type { Socket } from 'node:net'

/** How a connection ends: in order, by a reset, or not at all while nothing more is sent. */
export type Ending = 'fin' | 'rst' | 'stall'

/** A connection's two sockets: `raw` carries TCP, `stream` is it or the TLS on top of it. */
export interface Wire {
  readonly raw: Socket
  stream: Socket
}

const coalesced = 64 * 1024
const slicesPerSecond = 50

/** What goes out on a connection: gathers small writes, paces them, and can break off at an exact octet.
 *  Text is one character per octet; Buffers are sent as they are. */
export class WireOutput {
  readonly #wire: Wire
  readonly #octetsPerSecond: number
  readonly #closed: AbortSignal
  #text = ''
  #chunks: Buffer[] = []
  #queued = 0
  #cut: { octets: number; readonly how: Ending } | undefined
  #rest: { octets: number; readonly ms: number } | undefined
  #ended = false
  #draining: Promise<void> = Promise.resolve()

  /** `closed` fires when the connection has closed; then everything written is dropped. */
  constructor(wire: Wire, octetsPerSecond: number, closed: AbortSignal) {
    this.#wire = wire
    this.#octetsPerSecond = octetsPerSecond
    this.#closed = closed
  }

  /** Octets that wait for `flush`. */
  get queued(): number {
    return this.#queued
  }

  get isClosed(): boolean {
    return this.#closed.aborted
  }

  write(chunk: string | Buffer): void {
    this.#queued += chunk.length
    if (typeof chunk === 'string') this.#text += chunk
    else {
      this.#endText()
      this.#chunks.push(chunk)
    }
    if (this.#text.length > coalesced) this.#endText()
  }

  /** Sends what was written; settles when the socket has taken it. Never rejects. */
  flush(): Promise<void> {
    this.#draining = this.#draining.then(() => this.#drain())
    return this.#draining
  }

  /** After so many more octets the connection ends in this way. */
  cutAfter(octets: number, how: Ending): void {
    this.#cut = { octets, how }
  }

  /** Sends what was written and ends the connection. */
  async end(how: Ending): Promise<void> {
    await this.flush()
    this.#finish(how)
  }

  /** A pause that a closing connection cuts short: now, or once so many more octets have been sent. */
  async pause(ms: number, afterOctets?: number): Promise<void> {
    if (afterOctets !== undefined) {
      this.#rest = { octets: afterOctets, ms }
      return
    }
    if (ms <= 0 || this.#closed.aborted) return
    await delay(ms, undefined, { signal: this.#closed }).catch(() => undefined)
  }

  /** Settles when the connection has closed. */
  async untilClosed(): Promise<void> {
    if (this.#closed.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#closed.addEventListener('abort', () => resolve(), { once: true })
    await promise
  }

  #endText(): void {
    if (this.#text === '') return
    this.#chunks.push(Buffer.from(this.#text, 'latin1'))
    this.#text = ''
  }

  async #drain(): Promise<void> {
    this.#endText()
    const chunks = this.#upToCut(this.#chunks)
    this.#chunks = []
    this.#queued = 0
    await this.#sendWithRest(chunks)
    if (this.#cut?.octets === 0) this.#finish(this.#cut.how)
  }

  #upToCut(chunks: readonly Buffer[]): readonly Buffer[] {
    if (this.#ended) return []
    const cut = this.#cut
    if (cut === undefined) return chunks
    return chunks.map((chunk) => {
      const sent = chunk.subarray(0, cut.octets)
      cut.octets -= sent.length
      return sent
    })
  }

  async #sendWithRest(chunks: readonly Buffer[]): Promise<void> {
    const octets = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    const rest = this.#rest
    const before = Math.min(octets, rest?.octets ?? octets)
    await this.#sendAtPace(within(chunks, 0, before))
    if (rest === undefined) return
    rest.octets -= before
    if (rest.octets > 0) return
    this.#rest = undefined
    await this.pause(rest.ms)
    await this.#sendAtPace(within(chunks, before, octets))
  }

  async #sendAtPace(chunks: readonly Buffer[]): Promise<void> {
    if (this.#octetsPerSecond > 0) await this.#sendPaced(chunks)
    else await this.#send(chunks)
  }

  async #send(chunks: readonly Buffer[]): Promise<void> {
    const { stream } = this.#wire
    if (this.#closed.aborted || !stream.writable) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const onClosed = (): void => resolve()
    this.#closed.addEventListener('abort', onClosed)
    stream.cork()
    for (const chunk of chunks) if (chunk.length > 0) stream.write(chunk)
    // The empty write's callback comes when all before it have gone.
    stream.write('', onClosed)
    stream.uncork()
    await promise
    this.#closed.removeEventListener('abort', onClosed)
  }

  async #sendPaced(chunks: readonly Buffer[]): Promise<void> {
    const slice = Math.max(1, Math.floor(this.#octetsPerSecond / slicesPerSecond))
    // A timer that is late once does not make the link any slower.
    let dueMs = performance.now()
    for (const chunk of chunks) {
      for (let start = 0; start < chunk.length && !this.#closed.aborted; start += slice) {
        const part = chunk.subarray(start, start + slice)
        await this.#send([part])
        dueMs += (1000 * part.length) / this.#octetsPerSecond
        await this.pause(dueMs - performance.now())
      }
    }
  }

  #finish(how: Ending): void {
    if (this.#ended) return
    this.#ended = true
    if (how === 'fin') this.#wire.stream.end()
    if (how === 'rst') this.#wire.raw.resetAndDestroy()
  }
}

/** Of octets that lie in several chunks, those from one to another. */
function within(chunks: readonly Buffer[], from: number, to: number): readonly Buffer[] {
  let at = 0
  return chunks.map((chunk) => {
    const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at))
    at += chunk.length
    return part
  })
}
