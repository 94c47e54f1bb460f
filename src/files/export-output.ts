import { constants } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { once } from 'node:events'
import { createGzip, createZstdCompress } from 'node:zlib'
import type { Transform } from 'node:stream'

/** Octets that are handed to the system at once. */
const writtenAtOnce = 2 ** 20

/** A file that is being written, with one write under way while the next is gathered. */
export interface ExportOutput {
  write(octets: Uint8Array): Promise<void>
  /** What was written is on the disk. */
  sync(): Promise<void>
  /** The same, and nothing more will come. */
  end(): Promise<void>
  /** Without waiting for anything to be on the disk. Never throws. */
  discard(): Promise<void>
}

/** A new file for its owner alone, in place of what was there; or goes on with one at `start`, and what lies behind it is cut
 *  off. No link is followed (S10). */
export async function openOutput(path: string, start: number): Promise<ExportOutput> {
  if (start === 0) {
    await rm(path, { force: true })
    return new FileOutput(await open(path, 'wx', 0o600), 0)
  }
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW)
  await file.truncate(start)
  return new FileOutput(file, start)
}

/** Compressed as the ending of `name` says: `.gz` or `.zst`; such a file cannot be gone on with. undefined: it is not. */
export function compressorFor(name: string): (() => Transform) | undefined {
  if (/\.gz$/i.test(name)) return () => createGzip()
  return /\.zstd?$/i.test(name) ? () => createZstdCompress() : undefined
}

export async function openCompressed(path: string, compressor: () => Transform): Promise<ExportOutput> {
  return new CompressedOutput(await openOutput(path, 0), compressor())
}

class FileOutput implements ExportOutput {
  readonly #file: FileHandle
  #position: number
  #gathered: Uint8Array[] = []
  #octets = 0
  #writing: Promise<unknown> = Promise.resolve()

  constructor(file: FileHandle, start: number) {
    this.#file = file
    this.#position = start
  }

  async write(octets: Uint8Array): Promise<void> {
    this.#gathered.push(octets)
    this.#octets += octets.length
    if (this.#octets >= writtenAtOnce) await this.#flush()
  }

  async sync(): Promise<void> {
    await this.#flush()
    await this.#writing
    await this.#file.sync()
  }

  async end(): Promise<void> {
    await this.sync()
    await this.#file.close()
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined)
    await this.#file.close().catch(() => undefined)
  }

  /** Waits for the write before, and begins this one. */
  async #flush(): Promise<void> {
    await this.#writing
    if (this.#octets === 0) return
    const [gathered, position] = [this.#gathered, this.#position]
    this.#gathered = []
    this.#position += this.#octets
    this.#octets = 0
    this.#writing = writeAll(this.#file, gathered, position)
    // Whoever waits for it next is told.
    this.#writing.catch(() => undefined)
  }
}

/** The system may write less than it was given. */
async function writeAll(file: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<void> {
  const { bytesWritten } = await file.writev(pieces, position)
  let start = 0
  for (const piece of pieces) {
    for (let done = Math.min(piece.length, Math.max(0, bytesWritten - start)); done < piece.length;) {
      done += (await file.write(piece, done, piece.length - done, position + start + done)).bytesWritten
    }
    start += piece.length
  }
}

class CompressedOutput implements ExportOutput {
  readonly #output: ExportOutput
  readonly #compressor: Transform
  readonly #moved: Promise<void>

  constructor(output: ExportOutput, compressor: Transform) {
    this.#output = output
    this.#compressor = compressor
    this.#moved = this.#move()
    this.#moved.catch(() => undefined)
  }

  async write(octets: Uint8Array): Promise<void> {
    if (this.#compressor.write(octets)) return
    await Promise.race([once(this.#compressor, 'drain'), this.#moved])
  }

  /** Nothing of it can be gone on with before its end. */
  sync(): Promise<void> {
    return Promise.resolve()
  }

  async end(): Promise<void> {
    this.#compressor.end()
    await this.#moved
    await this.#output.end()
  }

  async discard(): Promise<void> {
    this.#compressor.destroy()
    await this.#moved.catch(() => undefined)
    await this.#output.discard()
  }

  async #move(): Promise<void> {
    for await (const piece of this.#compressor) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a compressor gives
      await this.#output.write(piece as Uint8Array)
    }
  }
}
