import { Worker } from 'node:worker_threads'
import { AppError } from '../model/errors.ts'
import type { StoreWatch } from '../model/lane.ts'
import type {
  OperationName,
  WriterOperations,
  WriterOptions,
  WriterNote,
  WriterReply,
  WriterRequest,
} from './writer-protocol.ts'
import { threadLimits } from './thread-limits.ts'

export interface WriterStart extends Omit<WriterOptions, 'compress'> {
  readonly compress?: boolean
  /** The built writer thread; tests that run from the sources name the one in `dist`. */
  readonly threadUrl?: URL
  /** Is told what the store does besides batches. */
  readonly watch?: StoreWatch | undefined
}

/** Takes the run lock and opens the store, making it when there is none. Throws STORE_LOCKED, STORE_UNSAFE,
 *  STORE_FOREIGN, STORE_NEWER, STORE_IO or STORE_FULL. */
export async function startWriter({ threadUrl, watch, ...rest }: WriterStart): Promise<WriterClient> {
  const workerData: WriterOptions = { compress: true, ...rest }
  const worker = new Worker(threadUrl ?? new URL('../writer-thread.js', import.meta.url), {
    name: 'writer',
    workerData,
    resourceLimits: threadLimits,
  })
  const writer = new WriterClient(worker, watch)
  await writer.opened()
  return writer
}

/** Asks the writer thread and matches its answers with the questions. */
export class WriterClient {
  readonly #worker: Worker
  readonly #watch: StoreWatch | undefined
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #opening = Promise.withResolvers<unknown>()
  readonly #exit = Promise.withResolvers<void>()
  #closing: Promise<unknown> | undefined
  #lastId = 0
  #ended: Error | undefined

  constructor(worker: Worker, watch?: StoreWatch) {
    this.#worker = worker
    this.#watch = watch
    this.#waiting.set(0, this.#opening)
    worker.on('message', (message: WriterReply | WriterNote) => {
      if ('wait' in message) this.#watch?.lockWaited(message.wait)
      else if ('times' in message) this.#watch?.threadEnded(message.times)
      else this.#settle(message)
    })
    worker.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => {
      this.#end(new Error('the writer thread has ended'))
      this.#exit.resolve()
    })
  }

  /** The thread's first message. Of a store that could not be opened nothing is left. */
  async opened(): Promise<void> {
    try {
      await this.#opening.promise
    } catch (error) {
      await this.#worker.terminate()
      throw error
    }
  }

  async ask<Name extends OperationName>(
    name: Name,
    argument: WriterOperations[Name]['arguments'],
  ): Promise<WriterOperations[Name]['answer']> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WriterOperations ties each name to its answer
    return (await this.#post(name, argument)) as WriterOperations[Name]['answer']
  }

  /** Resolves when the thread is no more. */
  async close(): Promise<void> {
    this.#closing ??= this.#ended === undefined ? this.#post('close', undefined) : Promise.resolve()
    try {
      await this.#closing
    } finally {
      await this.#exit.promise
    }
  }

  async #post(name: WriterRequest['name'], argument: unknown): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    this.#worker.postMessage({ id, name, argument } satisfies WriterRequest)
    return waiting.promise
  }

  #settle(reply: WriterReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.ok && reply.cost !== undefined) this.#watch?.spent(reply.cost)
    if (reply.ok) waiting?.resolve(reply.answer)
    else waiting?.reject(toError(reply))
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

function toError(reply: Extract<WriterReply, { ok: false }>): Error {
  const { code, message, hint, holder } = reply
  if (code !== undefined) return new AppError({ code, message, hint, holder })
  const error = new Error(reply.message)
  if (reply.stack !== undefined) error.stack = reply.stack
  return error
}
