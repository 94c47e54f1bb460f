import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'

/** Where the connection is cut. `end`: the message is whole and taken, and nobody is told. `answered`: right after the answer. */
export type Cut = 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'payload' | 'end' | 'answered'

export interface SmtpScript {
  /** Lines of EHLO besides the first; default: PIPELINING, 8BITMIME and SMTPUTF8. */
  readonly extensions?: readonly string[]
  /** The answer to a command, or to `GREETING`, `DOT` (the end of a message), `AUTH …`; undefined: as usual. `stall`: none at all. */
  readonly reply?: (command: string) => string | undefined
  readonly cut?: Cut
  /** So often; default: once. */
  readonly cuts?: number
  /** PEM. TLS from the start, unless `isStartTls`. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly isStartTls?: boolean }
  /** After so many messages on a connection it says 421 and goes. */
  readonly messagesPerConnection?: number
  /** Data that follows the answer to STARTTLS in one segment (S02). */
  readonly injected?: string
}

export interface TakenMessage {
  readonly from: string
  readonly to: readonly string[]
  /** As sent, dots unstuffed; lines end with CRLF. */
  readonly octets: Buffer
}

/** An SMTP server that does what a test wants, also what no server should. It speaks to loopback only. */
export interface ScriptedSmtp {
  readonly port: number
  /** What it would deliver. */
  readonly taken: TakenMessage[]
  /** Every line that is no part of a message, of all connections. */
  readonly commands: string[]
  readonly connections: { count: number }
  [Symbol.asyncDispose](): Promise<void>
}

export async function startScriptedSmtp(script: SmtpScript = {}): Promise<ScriptedSmtp> {
  const taken: TakenMessage[] = []
  const commands: string[] = []
  const connections = { count: 0 }
  const left = { cuts: script.cut === undefined ? 0 : (script.cuts ?? 1) }
  const open = new Set<Socket>()
  const accept = (socket: Socket): void => {
    connections.count++
    open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => open.delete(socket))
    new Session(socket, { script, taken, commands, left }).greet()
  }
  const { tls } = script
  const server =
    tls === undefined || tls.isStartTls === true
      ? createServer(accept)
      : createTlsServer({ cert: tls.certificate, key: tls.key }, accept)
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: portOf(server.address()),
    taken,
    commands,
    connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

const pathIn = (line: string): string => /<(.*)>/.exec(line)?.[1] ?? ''

interface Stage {
  readonly script: SmtpScript
  readonly taken: TakenMessage[]
  readonly commands: string[]
  readonly left: { cuts: number }
}

class Session {
  #socket: Socket
  readonly #stage: Stage
  #received = Buffer.alloc(0)
  #waiting: Buffer[] = []
  #tail = Buffer.alloc(0)
  #isData = false
  #from = ''
  #to: string[] = []
  #messages = 0

  constructor(socket: Socket, stage: Stage) {
    this.#socket = socket
    this.#stage = stage
    this.#listen()
  }

  greet(): void {
    this.#answer('GREETING', 'greeting', '220 scripted ESMTP')
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      // Of a large message nothing is to be done before its end is there.
      this.#waiting.push(chunk)
      this.#tail = Buffer.concat([this.#tail, chunk.subarray(-64)]).subarray(-64)
      if (this.#isData && this.#received.length > 64 && !this.#tail.includes('.\r\n')) return
      this.#received = Buffer.concat([this.#received, ...this.#waiting])
      this.#waiting = []
      while (!this.#socket.destroyed && (this.#isData ? this.#takeData() : this.#takeLine()));
    })
  }

  #takeLine(): boolean {
    const end = this.#received.indexOf('\r\n')
    if (end < 0) return false
    const line = this.#received.toString('utf8', 0, end)
    this.#received = this.#received.subarray(end + 2)
    this.#stage.commands.push(line)
    this.#obey(line)
    return true
  }

  #obey(line: string): void {
    const verb = line.split(' ')[0]?.toUpperCase() ?? ''
    const rule = this.#rules.get(verb)
    if (rule === undefined) this.#answer(line, undefined, verb === 'AUTH' ? '235 2.7.0 welcome' : '250 2.0.0 ok')
    else rule(line)
  }

  readonly #rules = new Map<string, (line: string) => void>([
    ['EHLO', (line) => this.#answer(line, 'ehlo', this.#ehlo())],
    ['MAIL', (line) => this.#mail(line)],
    ['RCPT', (line) => this.#rcpt(line)],
    ['DATA', (line) => this.#data(line)],
    ['STARTTLS', () => this.#upgrade()],
    ['QUIT', () => this.#quit()],
  ])

  #mail(line: string): void {
    this.#from = pathIn(line)
    this.#to = []
    this.#answer(line, 'mail', '250 2.1.0 sender ok')
  }

  #rcpt(line: string): void {
    const reply = this.#stage.script.reply?.(line) ?? '250 2.1.5 recipient ok'
    if (reply.startsWith('2')) this.#to.push(pathIn(line))
    this.#answer(line, 'rcpt', reply)
  }

  #data(line: string): void {
    if (this.#to.length === 0) this.#write('503 5.5.1 no recipients')
    else if (this.#cutsAt('data')) this.#cutOff()
    else this.#beginData(line)
  }

  #quit(): void {
    this.#write('221 2.0.0 bye')
    this.#socket.end()
  }

  #beginData(line: string): void {
    const reply = this.#stage.script.reply?.(line) ?? '354 go on'
    this.#write(reply)
    this.#isData = reply.startsWith('3')
  }

  #takeData(): boolean {
    if (this.#received.length > 0 && this.#cutsAt('payload')) {
      this.#cutOff()
      return false
    }
    const isEmpty = this.#received.subarray(0, 3).toString('latin1') === '.\r\n'
    const end = isEmpty ? -2 : this.#received.indexOf('\r\n.\r\n')
    if (end === -1) return false
    const stuffed = this.#received.toString('latin1', 0, Math.max(end + 2, 0))
    this.#received = this.#received.subarray(end + 5)
    this.#isData = false
    this.#end(Buffer.from(stuffed.replaceAll(/^\./gm, ''), 'latin1'))
    return true
  }

  #end(octets: Buffer): void {
    const reply = this.#stage.script.reply?.('DOT') ?? '250 2.0.0 taken'
    if (reply.startsWith('2')) this.#stage.taken.push({ from: this.#from, to: this.#to, octets })
    if (this.#cutsAt('end')) return this.#cutOff()
    if (reply === 'stall') return undefined
    this.#write(reply)
    if (this.#cutsAt('answered')) this.#socket.end(() => this.#socket.destroy())
    this.#messages++
    if (this.#messages === this.#stage.script.messagesPerConnection) {
      this.#write('421 4.3.2 enough for one connection')
      this.#socket.end()
    }
    return undefined
  }

  #answer(command: string, cut: Cut | undefined, usual: string): void {
    if (cut !== undefined && this.#cutsAt(cut)) return this.#cutOff()
    const reply = this.#stage.script.reply?.(command) ?? usual
    if (reply !== 'stall') this.#write(reply)
    return undefined
  }

  #ehlo(): string {
    const { extensions = ['PIPELINING', '8BITMIME', 'SMTPUTF8'], tls } = this.#stage.script
    const offersTls = tls?.isStartTls === true && !(this.#socket instanceof TLSSocket)
    const lines = ['scripted', ...extensions, ...(offersTls ? ['STARTTLS'] : [])]
    return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
  }

  #upgrade(): void {
    const { tls, injected = '' } = this.#stage.script
    if (tls === undefined) return this.#write('502 5.5.1 no TLS here')
    this.#socket.removeAllListeners('data')
    this.#socket.write(`220 2.0.0 begin\r\n${injected}`)
    const plain = this.#socket
    const secured = new TLSSocket(plain, { isServer: true, cert: tls.certificate, key: tls.key })
    secured.on('error', () => undefined)
    this.#received = Buffer.alloc(0)
    this.#socket = secured
    this.#listen()
    return undefined
  }

  #cutsAt(cut: Cut): boolean {
    const { script, left } = this.#stage
    if (script.cut !== cut || left.cuts === 0) return false
    left.cuts--
    return true
  }

  #cutOff(): void {
    this.#socket.destroy()
  }

  #write(reply: string): void {
    this.#socket.write(`${reply}\r\n`)
  }
}
