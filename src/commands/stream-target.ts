import type { ExportFile, ExportTarget } from '../export/ports.ts'
import type { OutputStream } from '../ui/terminal.ts'

/** A stream takes one file; nothing can be told of it, and nothing be gone on with. */
export function streamTarget(output: Pick<OutputStream, 'write'>): ExportTarget {
  return {
    canResume: false,
    earlier: { placed: new Set(), files: 0 },
    open: () => Promise.resolve(new StreamFile(output)),
    note: () => Promise.resolve(),
    finish: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  }
}

class StreamFile implements ExportFile {
  readonly written: ReadonlySet<string> = new Set()
  readonly #output: Pick<OutputStream, 'write'>
  length = 0

  constructor(output: Pick<OutputStream, 'write'>) {
    this.#output = output
  }

  async write(octets: Uint8Array): Promise<void> {
    this.length += octets.length
    await this.#output.write(octets)
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }
}
