import { Worker } from 'node:worker_threads'
import { AppError } from '../model/errors.ts'
import type { Indexer, IndexOutcome, IndexProgress, Renewal } from '../search/indexer.ts'
import type { Clock } from '../sync/ports.ts'
import { IndexerSignals } from './indexer-protocol.ts'
import type { IndexerReply, IndexerRequest, IndexerThreadData, Reading, UnreadableContent } from './indexer-protocol.ts'
import { threadCpuMs } from './thread-cpu.ts'
import { countUnindexed } from './count-unindexed.ts'
import { threadLimits } from './thread-limits.ts'

/** A message that takes more CPU is left out: our parser reads the largest in two seconds. Where the system does not tell what a thread has
 *  taken, time counts instead. */
const longestReadingMs = 60_000

export interface IndexerOptions {
  /** Absolute path of the store's file of facts. */
  readonly path: string
  readonly allowNetwork: boolean
  readonly renewal?: Renewal
  /** The built thread: src/indexer-thread.ts, or one of a test's. */
  readonly threadUrl: URL
  readonly clock: Pick<Clock, 'delay'>
  readonly onProgress?: (progress: IndexProgress) => void
  readonly longestReadingMs?: number
}

export function createIndexer(options: IndexerOptions): Indexer {
  return new SqliteIndexer(options)
}

class SqliteIndexer implements Indexer {
  readonly #options: IndexerOptions
  readonly #unreadable: UnreadableContent[] = []
  #thread: IndexerThread | undefined
  /** By threads that are no more. */
  #indexed = 0
  /** Contents have come since the thread was last asked to work. */
  #isBehind = false
  #error: Error | undefined
  #renewal: Renewal

  constructor(options: IndexerOptions) {
    this.#options = options
    this.#renewal = options.renewal ?? 'none'
  }

  notify(): void {
    this.#isBehind = true
    this.#work()
  }

  async finish(signal: AbortSignal): Promise<IndexOutcome> {
    if (!this.#hasWork() || (signal.aborted && this.#thread === undefined))
      return { indexed: 0, pending: this.#pending() }
    const stop = (): void => this.#thread?.signals.stop()
    signal.addEventListener('abort', stop)
    try {
      if (signal.aborted) stop()
      else this.notify()
      await this.#idle()
      return {
        indexed: this.#indexed + (this.#thread?.indexed ?? 0),
        pending: this.#thread?.pending ?? this.#pending(),
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    this.#thread?.signals.stop()
    await this.#thread?.close()
  }

  /** A thread is started only for something that it has to do. */
  #hasWork(): boolean {
    return this.#thread !== undefined || this.#error !== undefined || this.#renewal !== 'none' || this.#pending() > 0
  }

  #pending(): number {
    return countUnindexed(this.#options)
  }

  async #idle(): Promise<void> {
    while (this.#thread?.isWorking === true) await this.#thread.idle
    if (this.#error !== undefined) throw this.#error
  }

  #work(): void {
    if (!this.#isBehind || this.#error !== undefined || this.#thread?.isWorking === true) return
    this.#isBehind = false
    this.#thread ??= this.#startThread()
    this.#thread.work()
  }

  #startThread(): IndexerThread {
    const renewal = this.#renewal
    this.#renewal = 'none'
    const thread = new IndexerThread(this.#options, { renewal, unreadable: this.#unreadable })
    thread.onIdle = () => this.#work()
    thread.onEnd = (content, error) => this.#afterEnd(content, error)
    return thread
  }

  /** A thread that died while it read a message is replaced by one that leaves this message out. */
  #afterEnd(content: number, error: Error): void {
    const alreadyLeftOut = this.#unreadable.some(({ id }) => id === content)
    this.#indexed += this.#thread?.indexed ?? 0
    this.#thread = undefined
    if (content === 0 || alreadyLeftOut || error instanceof AppError) {
      this.#error = error
      return
    }
    this.#unreadable.push({ id: content, trouble: `reading it was given up: ${error.message}` })
    this.notify()
  }
}

/** One life of the thread. */
class IndexerThread {
  readonly signals: IndexerSignals
  readonly #worker: Worker
  readonly #options: IndexerOptions
  readonly #exit = Promise.withResolvers<void>()
  readonly #watching = new AbortController()
  #idle: PromiseWithResolvers<void> | undefined
  #error: Error | undefined
  #isWatching = false
  indexed = 0
  pending = 0
  onIdle: () => void = () => undefined
  onEnd: (content: number, error: Error) => void = () => undefined

  constructor(options: IndexerOptions, life: Pick<IndexerThreadData, 'renewal' | 'unreadable'>) {
    const { path, allowNetwork, threadUrl } = options
    const shared = new SharedArrayBuffer(IndexerSignals.octets)
    this.#options = options
    this.signals = new IndexerSignals(shared)
    const workerData: IndexerThreadData = { path, allowNetwork, shared, ...life }
    this.#worker = new Worker(threadUrl, { name: 'indexer', workerData, resourceLimits: threadLimits })
    this.#worker.on('message', (reply: IndexerReply) => this.#receive(reply))
    this.#worker.on('error', (error) => (this.#error ??= error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', () => this.#ended())
  }

  get isWorking(): boolean {
    return this.#idle !== undefined
  }

  /** Resolves when the thread has done all it was asked to, or is no more. */
  get idle(): Promise<void> | undefined {
    return this.#idle?.promise
  }

  work(): void {
    this.#idle = Promise.withResolvers()
    this.#worker.postMessage('work' satisfies IndexerRequest)
    if (!this.#isWatching) void this.#watch()
  }

  async close(): Promise<void> {
    this.onEnd = () => undefined
    this.#worker.postMessage('close' satisfies IndexerRequest)
    await this.#exit.promise
  }

  #receive(reply: IndexerReply): void {
    if (reply.kind === 'progress') {
      this.indexed = reply.indexed
      this.#options.onProgress?.(reply)
    } else if (reply.kind === 'idle') {
      this.indexed = reply.indexed
      this.pending = reply.pending
      this.#becomeIdle()
      this.onIdle()
    } else this.#error = toError(reply)
  }

  #becomeIdle(): void {
    this.#idle?.resolve()
    this.#idle = undefined
  }

  #ended(): void {
    this.#watching.abort()
    this.#exit.resolve()
    const idle = this.#idle
    this.#idle = undefined
    this.onEnd(this.signals.reading.content, this.#error ?? new Error('the indexer thread has ended'))
    idle?.resolve()
  }

  /** Ends the thread when it has computed for too long over the same message (S19). A disk that is slow, or a machine that is busy, ends none. */
  async #watch(): Promise<void> {
    const { clock, longestReadingMs: limitMs = longestReadingMs } = this.#options
    const { signal } = this.#watching
    this.#isWatching = true
    for (let before = this.#look(); this.isWorking;) {
      const isOver = await clock.delay(limitMs, signal).then(
        () => false,
        () => true,
      )
      if (isOver) return
      const now = this.#look()
      if (!hasBurnt(before, now, limitMs)) {
        if (before.content === 0 || now.count !== before.count) before = now
        continue
      }
      this.#error = new Error(`it took more than ${Math.round(limitMs / 1000)} s`)
      await this.#worker.terminate()
      return
    }
    this.#isWatching = false
  }

  #look(): ReadingLook {
    const { reading } = this.signals
    return { ...reading, cpuMs: threadCpuMs(reading.thread) }
  }
}

interface ReadingLook extends Reading {
  readonly cpuMs: number | undefined
}

/** Looks come as often as the limit is long, so that a thread that only computes has not quite reached it. */
function hasBurnt(before: ReadingLook, now: ReadingLook, limitMs: number): boolean {
  if (before.content === 0 || now.count !== before.count) return false
  return before.cpuMs === undefined || now.cpuMs === undefined || now.cpuMs - before.cpuMs >= limitMs * 0.8
}

function toError(reply: Extract<IndexerReply, { kind: 'failed' }>): Error {
  if (reply.code !== undefined) return new AppError({ code: reply.code, message: reply.message, hint: reply.hint })
  const error = new Error(reply.message)
  if (reply.stack !== undefined) error.stack = reply.stack
  return error
}
