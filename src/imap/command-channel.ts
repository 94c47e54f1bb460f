import type { Duplex, Readable, Writable } from 'node:stream'
import type { Lane } from '../model/lane.ts'
import { AppError, messageOf } from '../model/errors.ts'
import { interrupted, lostConnection, parseCompletion, rejectedCommand } from './command-error.ts'
import type { Completion } from './command-error.ts'
import { ProgressWatchdog } from './progress-watchdog.ts'
import type { Patience } from './progress-watchdog.ts'
import { ResponseReader } from './response-reader.ts'
import type { Response } from './response-reader.ts'

/** The two ends of an open connection; the same stream unless the connection is compressed. */
export interface Sockets {
  readonly readSocket: Readable
  readonly writeSocket: Writable
  readonly socket: Duplex
}

export interface Command {
  /** What the user would call it: "could not `examine mailbox X`". */
  readonly attempt: string
  /** As the lanes name it: `UID FETCH`. */
  readonly name: string
  /** The arguments: text as it goes out, or octets that become a literal. */
  readonly parts: readonly (string | { readonly literal: Buffer })[]
  /** Each untagged response; a promise holds back what follows. */
  readonly onUntagged?: (response: Response) => Promise<void> | undefined
  /** Room for the octets of a `BODY[]`; undefined drops them. Without it no literal may be large. */
  readonly allocateBody?: (octets: number) => Uint8Array | undefined
}

interface Running {
  readonly command: Command
  readonly tag: string
  readonly pending: (string | Buffer)[]
  readonly done: PromiseWithResolvers<Completion>
}

/** Of a literal that is no body: a mailbox name, a label. */
const maxOtherLiteral = 2 ** 20
const bodyMarker = /BODY\[\] ~?\{\d+\+?\}$/i
const usualLogoutMs = 1000

/** One logged-in connection as a sequence of commands, one at a time. */
export class CommandChannel {
  readonly #sockets: Sockets
  readonly #lane: Lane
  readonly #canSendLiteralsAtOnce: boolean
  readonly #reader: ResponseReader
  readonly #watchdog: ProgressWatchdog
  #lastTag = 0
  #running: Running | undefined
  #failure: Error | undefined
  #bye: string | undefined
  #isDiscarding = false
  readonly #closed = Promise.withResolvers<void>()

  constructor(sockets: Sockets, options: { lane: Lane; patience: Patience; canSendLiteralsAtOnce: boolean }) {
    this.#sockets = sockets
    this.#lane = options.lane
    this.#canSendLiteralsAtOnce = options.canSendLiteralsAtOnce
    this.#watchdog = new ProgressWatchdog(options.patience, (what) => this.#fail(this.#lost(what)))
    this.#reader = new ResponseReader({
      response: (response) => this.#takeResponse(response),
      allocate: (octets, text) => this.#allocate(octets, text),
      progress: () => this.#watchdog.progress(),
    })
    const { readSocket, writeSocket, socket } = sockets
    for (const stream of new Set([readSocket, writeSocket, socket])) {
      stream.on('error', (error: Error) => this.#fail(this.#lost(messageOf(error), error)))
      stream.on('close', () => this.#ended())
    }
    readSocket.on('end', () => this.#ended())
    readSocket.on('data', (chunk: Buffer) => this.#takeData(chunk))
    // Whoever had it before has left it paused.
    readSocket.resume()
  }

  get usable(): boolean {
    return this.#failure === undefined && !this.#isDiscarding
  }

  /** Resolves when the server says OK. Throws COMMAND_REJECTED (mailbox) for NO and BAD; the connection stays good. */
  async run(command: Command): Promise<Completion> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isDiscarding) throw interrupted()
    if (this.#running !== undefined)
      throw new Error(`${command.name} was begun before ${this.#running.command.name} ended`)
    const tag = `M${++this.#lastTag}`
    const running: Running = {
      command,
      tag,
      pending: toLines(tag, command, this.#canSendLiteralsAtOnce),
      done: Promise.withResolvers(),
    }
    this.#running = running
    const line = running.pending.shift() ?? ''
    this.#lane.commandSent(command.name, line.length)
    this.#watchdog.commandSent()
    this.#sockets.writeSocket.write(line, 'latin1')
    const completion = await running.done.promise
    if (completion.status !== 'OK') throw rejectedCommand(command.attempt, completion)
    return completion
  }

  /** The run is over: the command in flight ends with INTERRUPTED, whatever comes for it is thrown away. */
  interrupt(): void {
    if (!this.usable) return
    this.#isDiscarding = true
    this.#sockets.readSocket.resume()
    this.#settle((running) => running.done.reject(interrupted()))
  }

  /** LOGOUT, and waits for the server to close, but not for long. */
  async logout(waitMs = usualLogoutMs): Promise<void> {
    if (this.#failure === undefined) {
      this.#isDiscarding = true
      this.#sockets.writeSocket.write(`M${++this.#lastTag} LOGOUT\r\n`)
      // oxlint-disable-next-line eslint/no-restricted-globals -- a server that does not close must not hold up the end
      const timer = setTimeout(() => this.#closed.resolve(), waitMs)
      await this.#closed.promise
      clearTimeout(timer)
    }
    this.destroy()
  }

  destroy(): void {
    this.#fail(interrupted())
    const { readSocket, writeSocket, socket } = this.#sockets
    for (const stream of new Set([readSocket, writeSocket, socket])) stream.destroy()
  }

  #takeData(chunk: Buffer): void {
    this.#lane.arrival(chunk.length)
    this.#watchdog.octets()
    if (this.#isDiscarding || this.#failure !== undefined) return
    try {
      const held = this.#lane.cpu('cpu: parse', () => this.#reader.push(chunk))
      if (held !== undefined) void this.#holdBack(held)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #holdBack(held: Promise<void>): Promise<void> {
    const { readSocket } = this.#sockets
    readSocket.pause()
    this.#watchdog.hold(true)
    this.#lane.enter('wait: writer')
    try {
      await held
      if (this.#running !== undefined) this.#lane.enter('wait: transfer')
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#watchdog.hold(false)
      readSocket.resume()
    }
  }

  #takeResponse(response: Response): Promise<void> | undefined {
    const { text } = response
    const running = this.#running
    if (text.startsWith('* ')) {
      if (/^\* BYE\b/i.test(text)) this.#bye = text.slice(6)
      if (!/^\* OK\b/i.test(text)) this.#watchdog.progress()
      return running?.command.onUntagged?.(response)
    }
    if (running === undefined) return undefined
    if (text.startsWith('+')) {
      const next = running.pending.shift()
      if (next !== undefined) this.#sockets.writeSocket.write(next, 'latin1')
      return undefined
    }
    if (!text.startsWith(`${running.tag} `)) return undefined
    const completion = parseCompletion(text.slice(running.tag.length + 1))
    if (completion === undefined) throw this.#lost(`it answered ${JSON.stringify(text.slice(0, 80))}`)
    this.#settle(() => running.done.resolve(completion))
    return undefined
  }

  #allocate(octets: number, text: string): Uint8Array | undefined {
    const { command } = this.#running ?? {}
    if (command?.allocateBody !== undefined && bodyMarker.test(text.slice(-40))) return command.allocateBody(octets)
    if (octets > maxOtherLiteral) {
      throw new AppError({
        code: 'PROTOCOL_VIOLATION',
        message: `could not ${command?.attempt ?? 'go on'}: the server announced ${octets} octets where a name belongs`,
      })
    }
    return new Uint8Array(octets)
  }

  #lost(why: string, cause?: unknown): AppError {
    const bye = this.#bye === undefined ? why : `the server said BYE: ${this.#bye}`
    return lostConnection(this.#running?.command.attempt ?? 'go on', bye, cause)
  }

  #ended(): void {
    this.#closed.resolve()
    this.#fail(this.#lost('the server closed it'))
  }

  /** The connection is of no more use; the first reason stands. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    const failure = error instanceof Error ? error : new Error(messageOf(error))
    this.#failure = failure
    this.#settle((running) => running.done.reject(failure))
    this.#watchdog.commandEnded()
    this.#lane.close()
    this.#sockets.socket.destroy()
  }

  #settle(settle: (running: Running) => void): void {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    this.#watchdog.commandEnded()
    this.#lane.commandEnded()
    settle(running)
  }
}

/** The command as what may be written at once: after each literal's announcement the server is waited for, unless it takes
 *  them at once (RFC 7888). */
function toLines(tag: string, { name, parts }: Command, atOnce: boolean): (string | Buffer)[] {
  const lines: (string | Buffer)[] = []
  let line = `${tag} ${name}`
  for (const part of parts) {
    if (typeof part === 'string') {
      line += ` ${part}`
      continue
    }
    const octets = part.literal.toString('latin1')
    line += ` {${octets.length}${atOnce ? '+' : ''}}\r\n`
    if (atOnce) line += octets
    else {
      lines.push(line)
      line = octets
    }
  }
  lines.push(`${line}\r\n`)
  return lines
}
