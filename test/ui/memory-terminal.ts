import type { OutputStream, Terminal } from '../../src/ui/terminal.ts'

export interface MemoryOutputOptions {
  readonly isTty?: boolean
  readonly columns?: number
  readonly hasColors?: boolean
}

/** Keeps what is written. */
export class MemoryOutput implements OutputStream {
  readonly isTty: boolean
  readonly redraws: boolean
  readonly columns: number
  readonly rows = 24
  readonly hasColors: boolean
  readonly #parts: Buffer[] = []

  constructor({ isTty = false, columns = 80, hasColors = false }: MemoryOutputOptions = {}) {
    this.isTty = isTty
    this.redraws = isTty
    this.columns = columns
    this.hasColors = hasColors
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8')
  }

  get octets(): Uint8Array {
    return Buffer.concat(this.#parts)
  }

  neverBlock(): void {
    // It never does.
  }

  write(data: string | Uint8Array): Promise<void> {
    this.#parts.push(Buffer.from(data))
    return Promise.resolve()
  }
}

export interface MemoryTerminal extends Terminal {
  readonly out: MemoryOutput
  readonly err: MemoryOutput
}

export function memoryTerminal(options: MemoryOutputOptions = {}): MemoryTerminal {
  return { out: new MemoryOutput(options), err: new MemoryOutput(options) }
}
