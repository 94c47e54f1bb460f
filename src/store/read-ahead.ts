import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { ExtractedMessage } from '../search/extracted-message.ts'
import type { StoredContent } from './read-content.ts'

/** A content that the parser thread has read. */
export interface ReadContent {
  readonly extracted: ExtractedMessage
  /** See `indexedText`; undefined: it is the text itself. */
  readonly bodyWords: string | undefined
}

/** What the parser thread is started with. */
export interface ParserThreadData {
  /** Absolute path of the store's file of facts. */
  readonly path: string
  readonly allowNetwork: boolean
  /** See `IndexerSignals`. */
  readonly shared: SharedArrayBuffer
  /** How many replies were sent; whoever waits for one is woken. */
  readonly replies: SharedArrayBuffer
  /** Requests come in and replies go out here, each in the order of the others. */
  readonly port: MessagePort
}

export type ParserRequest = readonly StoredContent[]
export type ParserReply = readonly ReadContent[] | { readonly failed: string }

/** Messages and octets that are asked for at once, and how many such chunks are on their way: what is waiting is bounded. */
const mostMessages = 32
const mostOctets = 2 ** 22
const mostWaiting = 3

/** A thread that reads and parses what the indexer is going to write: with a core of its own, the index takes half as long. */
export class ReadAhead {
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #replies: Int32Array
  #waiting = 0

  constructor(url: URL, options: Pick<ParserThreadData, 'path' | 'allowNetwork' | 'shared'>) {
    const { port1, port2 } = new MessageChannel()
    const replies = new SharedArrayBuffer(4)
    this.#port = port1
    this.#replies = new Int32Array(replies)
    const { path, allowNetwork, shared } = options
    const workerData: ParserThreadData = { path, allowNetwork, shared, replies, port: port2 }
    this.#worker = new Worker(url, { name: 'parser', workerData, transferList: [port2] })
    // A thread that died answers no more, and is found by the watch over what it was reading.
    this.#worker.on('error', () => undefined)
    this.#port.unref()
    this.#worker.unref()
  }

  /** In the order of `contents`. May be left before its end. */
  *read(contents: readonly StoredContent[]): Generator<ReadContent, undefined> {
    const chunks = chunksOf(contents)
    let next = 0
    try {
      while (next < chunks.length || this.#waiting > 0) {
        while (next < chunks.length && this.#waiting < mostWaiting) this.#ask(chunks[next++] ?? [])
        yield* this.#reply()
      }
    } finally {
      while (this.#waiting > 0) this.#reply()
    }
    return undefined
  }

  async close(): Promise<void> {
    this.#port.close()
    await this.#worker.terminate()
  }

  #ask(contents: ParserRequest): void {
    this.#port.postMessage(contents)
    this.#waiting++
  }

  #reply(): readonly ReadContent[] {
    for (;;) {
      const seen = Atomics.load(this.#replies, 0)
      const received: { readonly message: ParserReply } | undefined = receiveMessageOnPort(this.#port)
      if (received === undefined) {
        Atomics.wait(this.#replies, 0, seen)
        continue
      }
      this.#waiting--
      if (!('failed' in received.message)) return received.message
      this.#waiting = 0
      throw new Error(received.message.failed)
    }
  }
}

function chunksOf(contents: readonly StoredContent[]): readonly ParserRequest[] {
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
