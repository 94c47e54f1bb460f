import { AppError } from '../model/errors.ts'
import type { OpenConnection } from './account-connections.ts'
import type { MailConnection } from './ports.ts'

/** A connection that outlives the passes that are made over it. */
export class KeptConnection {
  readonly #open: OpenConnection
  readonly #lost = new AbortController()
  readonly #signal: AbortSignal
  #isClosed = false

  /** `signal` ends what is done over it. */
  constructor(open: OpenConnection, signal: AbortSignal) {
    this.#open = open
    this.#signal = signal
    const abandon = (): void => this.#lost.abort()
    signal.addEventListener('abort', abandon)
    this.#lost.signal.addEventListener('abort', () => signal.removeEventListener('abort', abandon))
    if (signal.aborted) abandon()
  }

  get connection(): MailConnection {
    return this.#open.connection
  }

  isUsable(): boolean {
    return !this.#isClosed && !this.#signal.aborted && this.#open.connection.usable
  }

  get localAddress(): string | undefined {
    return this.#open.connection.localAddress
  }

  /** Fires when it is lost: whoever works over it gets no other. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** For a pass: it goes back when `isDone`, and is closed when the pass needs another one, for a second opinion say. */
  lend(isDone: () => boolean): OpenConnection {
    const { connection, number } = this.#open
    return {
      connection,
      number,
      close: async () => {
        if (!isDone() || !connection.usable) await this.close()
      },
      replace: async () => {
        await this.close()
        throw new AppError({
          code: 'CONNECTION_LOST',
          message: 'could not compare two connections: this one is left to wait for changes',
        })
      },
    }
  }

  /** Twice is the same as once. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#lost.abort()
    await this.#open.close()
  }
}
