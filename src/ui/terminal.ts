import type { Readable, Writable } from 'node:stream'
import { AppError } from '../model/errors.ts'
import { lazily } from '../model/lazily.ts'
import { directOutput } from './direct-output.ts'

/** One of the process's two output streams. */
export interface OutputStream {
  readonly isTty: boolean
  /** A terminal on which a line can be written anew: not Emacs' shell (TERM=dumb). */
  readonly redraws: boolean
  /** Columns of the terminal now; 80 off a terminal. */
  readonly columns: number
  /** Rows of the terminal now; 24 off a terminal. */
  readonly rows: number
  /** ANSI colours may be used. */
  readonly hasColors: boolean
  /** Resolves when there is room for more. A reader that has gone away ends the process quietly (F13): on the stream of
   *  data OutputClosed is thrown, on the other one nothing happens. Any other failure throws STORE_IO. */
  write(data: string | Uint8Array): Promise<void>
  /** From now on a reader who does not read holds up nobody but whoever waits for `write`: signals have their turn. Takes some
   *  milliseconds, once. */
  neverBlock(): void
}

/** The process's streams, handed out by main.ts: nobody else writes to them. */
export interface Terminal {
  /** Data. */
  readonly out: OutputStream
  /** Progress, warnings, summaries, errors. */
  readonly err: OutputStream
}

/** Nobody reads our data any more, as after `| head`. Not a failure: the command ends without a word. */
export class OutputClosed extends Error {
  constructor() {
    super('the reader of the output has gone away')
    this.name = 'OutputClosed'
  }
}

export type ColorChoice = 'auto' | 'always' | 'never'

/** What decides about colours: the option, then NO_COLOR, then what the terminal says of itself; and about the rest. */
export interface ColorRule {
  readonly choice: ColorChoice
  /** NO_COLOR is set and not empty (no-color.org). */
  readonly noColor: boolean
  /** TERM says that the terminal understands nothing but text. */
  readonly isDumb?: boolean
}

/** What we use of a process's stream. */
export interface RawStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  hasColors?(): boolean
  /** What nobody has read yet and is not in the pipe. */
  readonly writableLength?: number
  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean
  neverBlock?(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface RawStreams {
  readonly out: RawStream
  readonly err: RawStream
}

/** Takes the process's streams. From now on a reader that goes away is no uncaught error. Once per process. */
export function claimProcessStreams(): RawStreams {
  // Made when they are asked for: few commands say anything on stderr.
  // oxlint-disable eslint/no-restricted-properties -- the one place that hands the streams out
  const out = lazily(() => directOutput(1, () => guarded(process.stdout)))
  const err = lazily(() => directOutput(2, () => guarded(process.stderr)))
  // oxlint-enable eslint/no-restricted-properties
  return {
    get out() {
      return out()
    },
    get err() {
      return err()
    },
  }
}

/** Where a person is asked. */
export interface PromptStreams {
  readonly input: Readable
  readonly output: Writable
}

/** undefined: nobody is there to ask, for stdin or stderr is no terminal. */
export function promptStreams(): PromptStreams | undefined {
  const { isatty } = process.getBuiltinModule('node:tty')
  // oxlint-disable-next-line eslint/no-restricted-properties -- the one place that hands the streams out
  return isatty(0) && isatty(2) ? { input: process.stdin, output: process.stderr } : undefined
}

/** Each write is told of its own failure; the event would only end the process. */
function guarded(stream: RawStream): RawStream {
  stream.on('error', () => undefined)
  return stream
}

/** `onOutputClosed` is called once, when the reader of the data has gone away. */
export function openTerminal(streams: RawStreams, colors: ColorRule, onOutputClosed: () => void): Terminal {
  return {
    out: new NodeOutput(() => streams.out, colors, { throwsWhenClosed: true, onClosed: onOutputClosed }),
    err: new NodeOutput(() => streams.err, colors, { throwsWhenClosed: false, onClosed: () => undefined }),
  }
}

interface ClosingRule {
  readonly throwsWhenClosed: boolean
  readonly onClosed: () => void
}

class NodeOutput implements OutputStream {
  readonly #stream: () => RawStream
  readonly #colors: ColorRule
  readonly #closing: ClosingRule
  #isClosed = false

  constructor(stream: () => RawStream, colors: ColorRule, closing: ClosingRule) {
    this.#stream = stream
    this.#colors = colors
    this.#closing = closing
  }

  get isTty(): boolean {
    return this.#stream().isTTY === true
  }

  get redraws(): boolean {
    return this.isTty && this.#colors.isDumb !== true
  }

  get columns(): number {
    const columns = this.#stream().columns ?? 0
    return columns > 0 ? columns : 80
  }

  get rows(): number {
    const rows = this.#stream().rows ?? 0
    return rows > 0 ? rows : 24
  }

  get hasColors(): boolean {
    const { choice, noColor } = this.#colors
    if (choice !== 'auto') return choice === 'always'
    return this.isTty && !noColor && (this.#stream().hasColors?.() ?? false)
  }

  neverBlock(): void {
    this.#stream().neverBlock?.()
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (!this.#isClosed) {
      const error = await this.#hand(data)
      if (error === undefined) return
      if (!isClosedByReader(error)) {
        throw new AppError({
          code: 'STORE_IO',
          message: `could not write the output: ${error.message}`,
          hint: 'look at the disk or the pipe that the output goes to',
          cause: error,
        })
      }
      this.#noteClosed()
    }
    if (this.#closing.throwsWhenClosed) throw new OutputClosed()
  }

  #hand(data: string | Uint8Array): Promise<Error | undefined> {
    return new Promise((resolve) => {
      this.#stream().write(data, (error) => resolve(error ?? undefined))
    })
  }

  #noteClosed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closing.onClosed()
  }
}

function isClosedByReader(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined
  // A stream that has failed once answers every later write with the second.
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED'
}
