import { currentThread } from './thread-cpu.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { Renewal } from '../search/indexer.ts'

/** A content that ended a thread which tried to read it: it is entered without having been read. */
export interface UnreadableContent {
  readonly id: number
  readonly trouble: string
}

/** What the indexer thread is started with. */
export interface IndexerThreadData {
  /** Absolute path of the store's file of facts. */
  readonly path: string
  readonly allowNetwork: boolean
  readonly renewal: Renewal
  readonly unreadable: readonly UnreadableContent[]
  /** See `IndexerSignals`. */
  readonly shared: SharedArrayBuffer
}

/** To the thread: index what there is; end. */
export type IndexerRequest = 'work' | 'close'

/** From the thread. `idle`: all that was there is indexed, or it was told to stop. */
export type IndexerReply =
  | { readonly kind: 'progress'; readonly indexed: number; readonly total: number }
  | { readonly kind: 'idle'; readonly indexed: number; readonly pending: number }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode | undefined
      readonly message: string
      readonly hint: string | undefined
      readonly stack: string | undefined
    }

export interface Reading {
  readonly content: number
  readonly count: number
  readonly thread: number
}

/** What both sides see at once, while the thread is busy: whether it is to stop, and which content it is reading. */
export class IndexerSignals {
  static readonly octets = 32
  readonly #stop: Int32Array
  readonly #reading: Float64Array
  #thread: number | undefined

  constructor(shared: SharedArrayBuffer) {
    this.#stop = new Int32Array(shared, 0, 1)
    this.#reading = new Float64Array(shared, 8, 3)
  }

  get isStopped(): boolean {
    return Atomics.load(this.#stop, 0) === 1
  }

  stop(): void {
    Atomics.store(this.#stop, 0, 1)
  }

  /** Number of the content that is being read, which reading it is, and by which of the system's threads; 0: none, or not known. */
  get reading(): Reading {
    return { content: this.#reading[0] ?? 0, count: this.#reading[1] ?? 0, thread: this.#reading[2] ?? 0 }
  }

  /** 0: no content any more. */
  set content(id: number) {
    this.#thread ??= currentThread()
    this.#reading[2] = this.#thread
    this.#reading[1] = (this.#reading[1] ?? 0) + 1
    this.#reading[0] = id
  }
}
