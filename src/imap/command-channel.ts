import { Socket } from 'node:net'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { Lane } from '../model/lane.ts'
import { AppError, messageOf } from '../model/errors.ts'
import { CommandRejected, interrupted, lostConnection, parseCompletion, toWords } from './command-error.ts'
import type { Completion } from './command-error.ts'
import { toLines } from './command.ts'
import type { Command } from './command.ts'
import { ProgressWatchdog } from './progress-watchdog.ts'
import type { Patience } from './progress-watchdog.ts'
import { assertReadOnly } from './read-only.ts'
import { ResponseReader } from './response-reader.ts'
import type { Response } from './response-reader.ts'
import { streamReads } from './socket-reads.ts'
import type { ConnectionTranscript } from './transcript.ts'
import type { Reads, SocketReads } from './socket-reads.ts'

/** The two ends of an open connection; the same stream unless the connection is compressed. */
export interface Sockets {
  readonly readSocket: Readable
  readonly writeSocket: Writable
  readonly socket: Duplex
  /** Those of the socket itself, for where they are those of `readSocket` too. */
  readonly reads?: SocketReads
}

export interface ChannelOptions {
  readonly lane: Lane
  readonly patience: Patience
  /** Aborted: the run is over. */
  readonly signal: AbortSignal
  /** Up to so many octets a literal may follow its announcement without an invitation (RFC 7888). */
  readonly literalsAtOnce: number
  readonly transcript?: ConnectionTranscript | undefined
  /** Throws for a command that must not leave this machine; default: whatever does not only read. */
  readonly assertAllowed?: ((command: Command) => void) | undefined
}

/** Is told of each untagged response, and during which command it came; undefined: during none. Must not throw. */
export type ResponseListener = (response: Response, during: string | undefined) => void

interface Running {
  readonly command: Command
  /** With the space after it. */
  readonly tag: string
  readonly pending: (readonly (string | Buffer)[])[]
  readonly done: PromiseWithResolvers<Completion>
  responses: number
}

/** Of the literals of one response that are no body: mailbox names, labels. */
const maxOtherLiterals = 2 ** 20
/** S22: one command of a mailbox with the most messages that a search may name has no more. */
const maxResponses = 25_000_000
const bodyMarker = /BODY\[\] *~?\{\d+\+?\}$/i
/** Responses that answer a command. All others may be chatter that keeps the connection open and nothing else (I23). */
const isAnswer = /^\* (?:\d+ FETCH|E?SEARCH|LIST|STATUS)\b/i
const isBye = /^\* BYE\b/i
/** What front ends say in place of a server that is down, without a tag (I21). */
const isOutOfService = /^(?:NO|BAD|BYE) |^server unavailable/i
const usualLogoutMs = 1000
/** Of a large message, written at a time. */
const pieceOctets = 2 ** 18

/** One logged-in connection as a sequence of commands, one at a time. */
export class CommandChannel {
  readonly localAddress: string | undefined
  readonly #sockets: Sockets
  readonly #reads: Reads
  readonly #lane: Lane
  readonly #literalsAtOnce: number
  readonly #assertAllowed: (command: Command) => void
  readonly #transcript: ConnectionTranscript | undefined
  readonly #reader: ResponseReader
  readonly #watchdog: ProgressWatchdog
  readonly #forgetSignal: () => void
  #lastTag = 0
  #slowdowns = 0
  /** The last command is ended by our DONE, which has not gone out. */
  #owesDone = false
  #isInvited = false
  #listener: ResponseListener | undefined
  #running: Running | undefined
  /** Of the response that is being received. */
  #otherLiterals = 0
  /** Why the connection is lost. */
  #failure: Error | undefined
  /** Why there may be no further command but LOGOUT; what still comes is thrown away. */
  #ending: Error | undefined
  readonly #closed = Promise.withResolvers<void>()

  constructor(sockets: Sockets, options: ChannelOptions) {
    const { lane, patience, signal, literalsAtOnce, transcript, assertAllowed = assertReadOnly } = options
    this.#assertAllowed = assertAllowed
    this.#sockets = sockets
    this.localAddress = sockets.socket instanceof Socket ? sockets.socket.localAddress : undefined
    const { reads, readSocket } = sockets
    this.#reads = reads?.areOf(readSocket) === true ? reads : streamReads(readSocket)
    this.#lane = lane
    this.#literalsAtOnce = literalsAtOnce
    this.#transcript = transcript
    this.#watchdog = new ProgressWatchdog(patience, (what) => this.#fail(this.#lost(what)))
    this.#reader = new ResponseReader({
      response: (response) => this.#takeResponse(response),
      allocate: (octets, text) => this.#allocate(octets, text),
      progress: () => this.#watchdog.progress(),
    })
    const onAbort = (): void => this.interrupt()
    this.#forgetSignal = () => signal.removeEventListener('abort', onAbort)
    signal.addEventListener('abort', onAbort)
    this.#listen()
    if (signal.aborted) this.interrupt()
  }

  get usable(): boolean {
    return this.#failure === undefined && this.#ending === undefined
  }

  /** How often the server has said OK and that it slows down (F30). */
  get slowdowns(): number {
    return this.#slowdowns
  }

  /** Resolves when the server says OK. Throws COMMAND_REJECTED (mailbox) for NO and BAD; the connection stays good. Where
   *  the server wants less it throws THROTTLED, where it serves this user nothing LOGIN_REJECTED; then only LOGOUT may
   *  follow. */
  async run(command: Command): Promise<Completion> {
    this.#assertAllowed(command)
    const over = this.#ending ?? this.#failure
    if (over !== undefined) throw over
    if (this.#running !== undefined)
      throw new Error(`${command.name} was begun before ${this.#running.command.name} ended`)
    const tag = `M${++this.#lastTag} `
    const running: Running = {
      command,
      tag,
      pending: [...toLines(tag, command, this.#literalsAtOnce)],
      done: Promise.withResolvers(),
      responses: 0,
    }
    this.#running = running
    this.#owesDone = command.lastsUntil !== undefined
    this.#isInvited = false
    const line = running.pending.shift() ?? []
    this.#lane.commandSent(command.name, octetsOf(line), command.messages)
    this.#watchdog.commandSent()
    this.#transcript?.sent(command)
    this.#write(line)
    const completion = await running.done.promise
    if (completion.status === 'OK') {
      if (completion.responseCode === 'THROTTLED') this.#slowdowns++
      return completion
    }
    const rejection = new CommandRejected(command.attempt, completion)
    if (rejection.scope === 'account') this.#endWith(rejection)
    throw rejection
  }

  set listener(listener: ResponseListener | undefined) {
    this.#listener = listener
  }

  /** Which mailbox the commands from now on are about. */
  setMailbox(path: string): void {
    this.#lane.setMailbox(path)
  }

  /** The run is over: the command in flight ends with INTERRUPTED, whatever comes for it is thrown away. */
  interrupt(): void {
    if (!this.usable) return
    this.#endWith(interrupted())
    this.#settle((running) => running.done.reject(interrupted()))
  }

  /** LOGOUT, and waits for the server to close, but not for long. */
  async logout(waitMs = usualLogoutMs): Promise<void> {
    if (this.#failure === undefined) {
      this.#endWith(interrupted())
      // Also before the server has invited it, which it does first.
      this.#sendDone()
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

  #listen(): void {
    const { readSocket, writeSocket, socket } = this.#sockets
    for (const stream of new Set([readSocket, writeSocket, socket])) {
      stream.on('error', (error: Error) => this.#fail(this.#lost(whyLost(error), error)))
    }
    // Of a compressed connection the socket ends before all that it brought has been unpacked: only the reading end counts.
    readSocket.on('end', () => this.#ended())
    readSocket.on('close', () => this.#ended())
    // Whoever had it before may have seen it end.
    if (readSocket.destroyed || readSocket.readableEnded) this.#ended()
    else this.#reads.start((chunk) => this.#takeData(chunk))
  }

  #takeData(chunk: Buffer): void {
    this.#lane.arrival(chunk.length)
    this.#watchdog.octets()
    if (!this.usable) return
    try {
      const held = this.#lane.cpu('cpu: parse', () => this.#reader.push(chunk))
      if (held !== undefined) void this.#holdBack(held)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #holdBack(held: Promise<void>): Promise<void> {
    this.#reads.hold()
    this.#watchdog.hold(true)
    this.#lane.enter('wait: writer')
    try {
      await held
      if (this.#running !== undefined) this.#lane.enter('wait: transfer')
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#watchdog.hold(false)
      this.#reads.release()
    }
  }

  #takeResponse(response: Response): Promise<void> | undefined {
    this.#otherLiterals = 0
    const running = this.#running
    const { text } = response
    this.#transcript?.received(withoutTag(response, running?.tag))
    if (!text.startsWith('* ')) {
      if (running !== undefined) this.#takeLine(text, running)
      return undefined
    }
    if (isAnswer.test(text)) this.#watchdog.progress()
    else if (isBye.test(text)) throw this.#lost(`the server said BYE: ${toWords(text.slice(6))}`)
    this.#listener?.(response, running?.command.name)
    if (running === undefined) return undefined
    if (++running.responses > maxResponses) throw this.#violation(`sent more than ${maxResponses} responses`)
    return running.command.onUntagged?.(response)
  }

  /** What is no untagged response. Other lines are left alone: servers send stray ones (F109). */
  #takeLine(text: string, running: Running): void {
    if (text.startsWith('+')) {
      const next = running.pending.shift()
      if (next !== undefined) this.#write(next)
      else if (running.command.lastsUntil !== undefined) this.#last(running, running.command.lastsUntil)
    } else if (text.startsWith(running.tag)) {
      const completion = parseCompletion(text.slice(running.tag.length))
      if (completion === undefined) throw this.#lost(`the server answered ${toWords(text.slice(running.tag.length))}`)
      this.#owesDone = false
      this.#settle(() => running.done.resolve(completion))
    } else if (isOutOfService.test(text)) throw this.#lost(`the server said: ${toWords(text)}`)
  }

  /** A server that says nothing now is no server that hangs, and nobody waits for it. */
  #last(running: Running, until: Promise<void>): void {
    if (this.#isInvited) return
    this.#isInvited = true
    this.#watchdog.hold(true)
    this.#lane.enter('idle')
    const end = async (): Promise<void> => {
      await until
      if (this.#running !== running || !this.usable) return
      this.#watchdog.hold(false)
      this.#sendDone()
    }
    void end()
  }

  #sendDone(): void {
    if (!this.#owesDone) return
    this.#owesDone = false
    this.#sockets.writeSocket.write('DONE\r\n')
  }

  /** What the network takes of a large message is a sign of life: the server answers nothing meanwhile. */
  #write(line: readonly (string | Buffer)[]): void {
    const onTaken = (): void => {
      this.#watchdog.octets()
      this.#watchdog.progress()
    }
    for (const piece of line) {
      if (typeof piece === 'string') this.#sockets.writeSocket.write(piece, 'latin1')
      else {
        for (let start = 0; start < piece.length; start += pieceOctets) {
          this.#sockets.writeSocket.write(piece.subarray(start, start + pieceOctets), onTaken)
        }
      }
    }
  }

  #allocate(octets: number, text: string): Uint8Array | undefined {
    if (!this.usable) return undefined
    const { command } = this.#running ?? {}
    if (command?.allocateBody !== undefined && bodyMarker.test(text.slice(-40))) return command.allocateBody(octets)
    this.#otherLiterals += octets
    if (this.#otherLiterals > maxOtherLiterals) throw this.#violation(`announced ${octets} octets where a name belongs`)
    return new Uint8Array(octets)
  }

  #lost(why: string, cause?: unknown): AppError {
    return lostConnection(this.#attempt, why, cause)
  }

  #violation(what: string): AppError {
    return new AppError({
      code: 'PROTOCOL_VIOLATION',
      message: `could not ${this.#attempt}: the server ${what}`,
      hint: 'run the command again; if it happens each time, the server is broken',
    })
  }

  get #attempt(): string {
    return this.#running?.command.attempt ?? 'go on'
  }

  #endWith(reason: Error): void {
    this.#ending ??= reason
    this.#reads.release()
  }

  #ended(): void {
    this.#fail(this.#lost('the server closed it'))
  }

  /** The connection is of no more use; the first reason stands. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    const failure = error instanceof Error ? error : new Error(messageOf(error))
    this.#failure = failure
    this.#transcript?.ended(this.#ending === undefined ? 'lost' : 'closed by us')
    this.#closed.resolve()
    this.#forgetSignal()
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
    this.#watchdog.hold(false)
    this.#lane.commandEnded()
    settle(running)
  }
}

function octetsOf(line: readonly (string | Buffer)[]): number {
  return line.reduce((sum, piece) => sum + piece.length, 0)
}

/** A tag says nothing that its place does not. */
function withoutTag(response: Response, tag: string | undefined): Response {
  const isTagged = tag !== undefined && response.text.startsWith(tag)
  return isTagged ? { ...response, text: response.text.slice(tag.length) } : response
}

function whyLost(error: Error): string {
  // A compressed connection that is cut off.
  return 'code' in error && error.code === 'Z_BUF_ERROR' ? 'the server closed it' : messageOf(error)
}
