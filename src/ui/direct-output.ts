import type { RawStream } from './terminal.ts'

const { fstatSync, writeSync } = process.getBuiltinModule('node:fs')
const { setImmediate } = process.getBuiltinModule('node:timers')

/** After so many octets signals and whatever else waits have their turn. */
const turnOctets = 65_536

/** A stream that writes to a pipe, a socket or a file at once, as Node's own do on POSIX systems, which take 4 ms to be made.
 *  `usual` makes Node's: for terminals and whatever else there is, and for a reader that will not let us wait. */
export function directOutput(descriptor: number, usual: () => RawStream): RawStream {
  return isWaitedFor(descriptor) ? new DirectOutput(descriptor, usual) : usual()
}

function isWaitedFor(descriptor: number): boolean {
  if (process.platform === 'win32') return false
  try {
    const stats = fstatSync(descriptor)
    return stats.isFile() || stats.isFIFO() || stats.isSocket()
  } catch {
    return false
  }
}

class DirectOutput implements RawStream {
  readonly #descriptor: number
  readonly #usual: () => RawStream
  #fallback: RawStream | undefined
  #octets = 0

  constructor(descriptor: number, usual: () => RawStream) {
    this.#descriptor = descriptor
    this.#usual = usual
  }

  get writableLength(): number {
    return this.#fallback?.writableLength ?? 0
  }

  neverBlock(): void {
    this.#fallback ??= this.#usual()
  }

  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean {
    if (this.#fallback !== undefined) return this.#fallback.write(data, done)
    this.#octets += data.length
    let rest = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (!('code' in error) || error.code !== 'EAGAIN') {
        done(error)
        return false
      }
      this.#fallback = this.#usual()
      return this.#fallback.write(rest, done)
    }
    if (this.#octets < turnOctets) done()
    else {
      this.#octets = 0
      setImmediate(done)
    }
    return true
  }

  /** Every failure is told to whoever wrote. */
  on(): unknown {
    return this
  }
}
