import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** What comes from a server, chunk by chunk. */
export interface Reads {
  /** From now on each chunk goes to `consume`, whose it is only until that returns. */
  start(consume: (chunk: Buffer) => void): void
  /** No chunk comes until `release`. */
  hold(): void
  release(): void
}

/** Of any stream. */
export function streamReads(stream: Readable): Reads {
  return {
    start: (consume) => {
      stream.on('data', consume)
      // Whoever had it before has left it paused.
      stream.resume()
    },
    hold: () => void stream.pause(),
    release: () => void stream.resume(),
  }
}

/** Large enough that a fast server fills it, small enough to stay in the processor's cache. */
const bufferOctets = 2 ** 17

/** Lets a socket read into one buffer, again and again. A stream takes a new one of 64 KB for each read: of a gigabyte of
 *  mail 16,000 that are to be collected: two fifths of the main thread's time on 20,000 messages of 1.3 GB. Until `start` the socket is
 *  an ordinary stream, for whoever logs in on it. */
export class SocketReads implements Reads {
  #socket: Socket | undefined
  #consume: ((chunk: Buffer) => void) | undefined
  #isHeld = false
  readonly #waiting: Buffer[] = []

  /** Opens a socket with the option that makes it read here. */
  open<S extends Socket>(
    connect: (onread: { buffer: Buffer; callback: (octets: number, buffer: Uint8Array) => boolean }) => S,
  ): S {
    const buffer = Buffer.allocUnsafeSlow(bufferOctets)
    const socket = connect({ buffer, callback: (octets) => this.#take(buffer.subarray(0, octets)) })
    this.#socket = socket
    return socket
  }

  /** Whether these are the reads of `stream`, which a compressed or upgraded connection's are not. */
  areOf(stream: Readable): boolean {
    return this.#socket === stream
  }

  start(consume: (chunk: Buffer) => void): void {
    const unread: unknown = this.#socket?.read()
    this.#consume = consume
    if (unread instanceof Buffer) consume(unread)
    this.#socket?.resume()
  }

  hold(): void {
    this.#isHeld = true
    this.#socket?.pause()
  }

  release(): void {
    this.#isHeld = false
    while (this.#waiting.length > 0 && !this.#held()) this.#consume?.(this.#waiting.shift() ?? Buffer.alloc(0))
    if (!this.#held()) this.#socket?.resume()
  }

  /** A consumer may hold in the middle of a release. */
  #held(): boolean {
    return this.#isHeld
  }

  /** False: the socket is to stop reading. TLS goes on with what it has decrypted all the same. */
  #take(chunk: Buffer): boolean {
    if (this.#consume === undefined) return this.#socket?.push(Buffer.from(chunk)) ?? false
    if (this.#isHeld) this.#waiting.push(Buffer.from(chunk))
    else this.#consume(chunk)
    return !this.#isHeld
  }
}
