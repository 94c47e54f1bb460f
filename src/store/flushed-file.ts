import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** What is written between two flushes, at most: a flush of gigabytes takes seconds in which nothing can be ended. */
const flushedOctets = 2 ** 26

/** A file that somebody else writes, of which little is in memory only. Flushing happens beside this thread. Dispose it after whoever
 *  writes has closed the file: closing takes back all locks that this process has on it. */
export class FlushedFile implements AsyncDisposable {
  readonly #handle: FileHandle
  #flushed = 0

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async open(path: string): Promise<FlushedFile> {
    return new FlushedFile(await open(path, 'r+'))
  }

  /** Where it has grown by much since the last time. */
  async flushGrown(): Promise<void> {
    const { size } = await this.#handle.stat()
    if (size - this.#flushed < flushedOctets) return
    await this.#handle.datasync()
    this.#flushed = size
  }

  async flush(): Promise<void> {
    await this.#handle.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}
