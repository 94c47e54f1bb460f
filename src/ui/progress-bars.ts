import { Writable } from 'node:stream'
import cliProgress from 'cli-progress'
import type { SingleBar } from 'cli-progress'
import type { OutputStream } from './terminal.ts'

const clearToEnd = '\u001b[K'

/** A stream as cli-progress and node:readline want one. */
class BarStream extends Writable {
  readonly isTTY = true
  readonly #output: OutputStream

  constructor(output: OutputStream) {
    super({ decodeStrings: false })
    this.#output = output
  }

  get columns(): number {
    return this.#output.columns
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    void this.#draw(chunk, done)
  }

  async #draw(chunk: string | Uint8Array, done: () => void): Promise<void> {
    // A terminal that cannot be drawn on is no reason to end a sync.
    await this.#output.write(chunk).catch(() => undefined)
    done()
  }
}

/** Lines at the bottom of a terminal that are redrawn in place, at most ten times a second. They come and go as `lines`
 *  tells; `stop` takes them away. The timer is cli-progress's own. */
export class ProgressBars {
  readonly #stream: BarStream
  readonly #bars: cliProgress.MultiBar
  readonly #rows: SingleBar[] = []
  readonly #lines: () => readonly string[]
  #surplus = 0

  constructor(output: OutputStream, lines: () => readonly string[]) {
    this.#lines = lines
    this.#stream = new BarStream(output)
    this.#bars = new cliProgress.MultiBar({
      stream: this.#stream,
      format: (_options, _params, payload: unknown) => textOf(payload),
      fps: 10,
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      gracefulExit: false,
      // A logged line pushes the bars down, also those whose text has not changed.
      forceRedraw: true,
    })
    this.#bars.on('update-pre', () => this.#fill())
    // Only after an update has set its timer: before it, a removal would leave a second one behind that nobody stops.
    this.#bars.on('update-post', () => this.#shrink())
    this.#fill()
  }

  /** A line that scrolls away above the bars. */
  log(line: string): void {
    this.#bars.log(`${line}${clearToEnd}\n`)
  }

  /** Takes the bars away and gives the terminal back; resolves when that is written. */
  async stop(): Promise<void> {
    // Without the events: what is taken away is not drawn once more.
    this.#bars.removeAllListeners()
    this.#bars.update()
    this.#bars.stop()
    await new Promise<void>((resolve) => this.#stream.end(() => resolve()))
  }

  #fill(): void {
    const lines = this.#lines()
    for (const [index, text] of lines.entries()) {
      const row = this.#rows[index]
      if (row === undefined) this.#rows.push(this.#bars.create(1, 0, { text }))
      else row.update({ text })
    }
    for (const row of this.#rows.slice(lines.length)) row.update({ text: '' })
    this.#surplus = this.#rows.length - lines.length
  }

  #shrink(): void {
    if (this.#surplus <= 0) return
    const row = this.#rows.pop()
    this.#surplus--
    // Draws at once, and comes back here for the next one.
    if (row !== undefined) this.#bars.remove(row)
  }
}

function textOf(payload: unknown): string {
  const isText = typeof payload === 'object' && payload !== null && 'text' in payload
  return isText && typeof payload.text === 'string' ? payload.text : ''
}
