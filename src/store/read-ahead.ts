import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { UnreadableContent } from './indexer-protocol.ts'
import type { PreparedContents } from './prepare-contents.ts'
import type { StoredContent } from './read-content.ts'
import { threadLimits } from './thread-limits.ts'

/** What the parser thread is started with. */
export interface ParserThreadData {
  /** Absolute path of the store's file of facts. */
  readonly path: string
  readonly allowNetwork: boolean
  readonly unreadable: readonly UnreadableContent[]
  /** See `IndexerSignals`. */
  readonly shared: SharedArrayBuffer
  /** How many replies were sent; whoever waits for one is woken. */
  readonly replies: SharedArrayBuffer
  /** Requests come in and replies go out here, each in the order of the others. */
  readonly port: MessagePort
}

/** Contents that are read together, in order. */
export type ContentChunk = readonly StoredContent[]

export type ParserRequest = ContentChunk
export type ParserReply = PreparedContents | { readonly failed: string }

/** One that reads does not end before it has read: it is not waited for. */
const longestEndMs = 200

/** Messages and octets of a chunk. */
const mostMessages = 32
const mostOctets = 2 ** 22
/** Chunks that are on their way, and octets of their messages: what is waiting is bounded, and yet enough for the time that a
 *  commit takes. */
const mostWaiting = 64
const mostOctetsWaiting = 2 ** 24

/** A thread that reads and parses what the indexer is going to write: with a core of its own, the index takes half as long. */
export class ReadAhead {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #replies: Int32Array
  /** Octets of the chunks that are on their way, in their order. */
  #waiting: number[] = []

  constructor(url: URL, options: Pick<ParserThreadData, 'path' | 'allowNetwork' | 'unreadable' | 'shared'>) {
    const { port1, port2 } = new MessageChannel()
    const replies = new SharedArrayBuffer(4)
    this.#port = port1
    this.#replies = new Int32Array(replies)
    const { path, allowNetwork, unreadable, shared } = options
    const workerData: ParserThreadData = { path, allowNetwork, unreadable, shared, replies, port: port2 }
    this.#worker = new Worker(url, { name: 'parser', workerData, transferList: [port2], resourceLimits: threadLimits })
    // A thread that died answers no more, and is found by the watch over what it was reading.
    this.#worker.on('error', () => undefined)
    this.#port.unref()
    this.#worker.unref()
  }

  /** Chunk by chunk in their order. May be left before its end. */
  *prepare(chunks: Iterable<ContentChunk>): Generator<PreparedContents, undefined> {
    const rest = chunks[Symbol.iterator]()
    const ask = (): void => {
      while (this.#waiting.length < mostWaiting && sum(this.#waiting) < mostOctetsWaiting) {
        const next = rest.next()
        if (next.done === true) return
        this.#port.postMessage(next.value satisfies ParserRequest)
        this.#waiting.push(sum(next.value.map(({ octets }) => octets)))
      }
    }
    try {
      for (ask(); this.#waiting.length > 0; ask()) yield this.#reply()
    } finally {
      while (this.#waiting.length > 0) this.#reply()
    }
    return undefined
  }

  /** A thread that is not reading anything ends by itself, and tells whoever listens to its end what it has done. */
  async close(): Promise<void> {
    const ended = once(this.#worker, 'exit')
    this.#worker.ref()
    this.#port.close()
    await Promise.race([ended, setTimeout(longestEndMs, undefined, { ref: false })])
    await this.#worker.terminate()
  }

  #reply(): PreparedContents {
    for (;;) {
      const seen = Atomics.load(this.#replies, 0)
      const received: { readonly message: ParserReply } | undefined = receiveMessageOnPort(this.#port)
      if (received === undefined) {
        Atomics.wait(this.#replies, 0, seen)
        continue
      }
      this.#waiting.shift()
      if (!('failed' in received.message)) return received.message
      this.#waiting = []
      throw new Error(received.message.failed)
    }
  }
}

/** All of them in their order, a bounded number and size of them together. */
export function chunksOf(contents: readonly StoredContent[]): readonly ContentChunk[] {
  const chunks: StoredContent[][] = []
  let octets = 0
  for (const content of contents) {
    const last = chunks.at(-1)
    if (last === undefined || last.length >= mostMessages || octets >= mostOctets) {
      chunks.push([content])
      octets = content.octets
    } else {
      last.push(content)
      octets += content.octets
    }
  }
  return chunks
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
