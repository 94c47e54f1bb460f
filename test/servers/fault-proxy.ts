import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

/** What happens to what the server sends from a place on. */
export const faultKinds = [
  /** The connection is reset. */
  'rst',
  /** Both sides are closed in order. */
  'fin',
  /** Nothing more comes to the client, which may go on sending. */
  'half-close',
  /** Nothing more comes, and nothing is closed. */
  'stall',
  /** All waits for a moment. */
  'delay',
  /** Some octets are lost. */
  'truncate',
  /** Some octets come twice. */
  'duplicate',
  /** A bit of some octets is another. */
  'corrupt',
  /** A line comes that the server did not send. */
  'inject',
  /** Some octets are others. */
  'replace',
  /** Octets come by ones to fives. */
  'chop',
  /** They come slowly. */
  'rate',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** Where in what the server sends. */
export const faultPlaces = [
  'greeting',
  'login',
  'LIST',
  'EXAMINE',
  'SEARCH',
  'row header',
  'literal',
  'tagged OK',
  'LOGOUT',
] as const
export type FaultPlace = (typeof faultPlaces)[number]

export interface Fault {
  readonly kind: FaultKind
  readonly place: FaultPlace
  /** How often it happens, from the first time on. */
  readonly times: number
}

/** The client's command whose answer is meant; the greeting answers none. */
const commandsOf: Readonly<Record<FaultPlace, RegExp | undefined>> = {
  greeting: undefined,
  login: / (?:LOGIN|AUTHENTICATE) /i,
  LIST: / LIST "" "\*"/i,
  EXAMINE: / EXAMINE /i,
  SEARCH: / UID SEARCH /i,
  'row header': / UID FETCH .*BODY\.PEEK\[\]/i,
  literal: / UID FETCH .*BODY\.PEEK\[\]/i,
  'tagged OK': / UID FETCH .*BODY\.PEEK\[\]/i,
  LOGOUT: / LOGOUT/i,
}

const someOctets = 7
const forgedLine = '* OK [ALERT] somebody is in between\r\n* 2 EXISTS\r\n'

/** Stands between a client and a server on 127.0.0.1 and spoils what the server says. It knows commands and tags, and
 *  nothing else of IMAP: it shares no code with mailmirror. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #fault: Fault | undefined
  #left = 0
  /** How often a fault has happened since `plan`. */
  fired = 0

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
  }

  static async open(target: number): Promise<FaultProxy> {
    const server = createServer()
    const proxy = new FaultProxy(server, target)
    server.on('connection', (client) => proxy.#relay(client))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen')
    return address.port
  }

  /** From now on this happens; undefined: nothing. Connections that are open stay as they are. */
  plan(fault: Fault | undefined): void {
    this.#fault = fault
    this.#left = fault?.times ?? 0
    this.fired = 0
  }

  /** Resets every connection that is open. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #relay(client: Socket): void {
    const upstream = connect(this.#target, '127.0.0.1')
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
    }
    const watch = new PlaceWatch(this.#fault)
    const downstream = new Downstream(client, upstream)
    client.on('data', (octets) => {
      watch.command(octets)
      upstream.write(octets)
    })
    client.on('close', () => upstream.destroy())
    client.on('end', () => upstream.end())
    upstream.on('end', () => downstream.end())
    upstream.on('close', () => downstream.end())
    upstream.on('data', (octets) => {
      const at = this.#left > 0 ? watch.find(octets) : undefined
      if (at === undefined || this.#fault === undefined) {
        downstream.send(octets)
        return
      }
      this.#left--
      this.fired++
      downstream.send(octets.subarray(0, at))
      downstream.spoil(this.#fault.kind, octets.subarray(at))
    })
  }
}

/** Looks for the place of a fault in one connection. */
class PlaceWatch {
  readonly #fault: Fault | undefined
  #tag: string | undefined
  #answer = ''
  #isActive: boolean
  #rest = ''

  constructor(fault: Fault | undefined) {
    this.#fault = fault
    this.#isActive = fault?.place === 'greeting'
  }

  /** What the client says. */
  command(octets: Buffer): void {
    const pattern = this.#fault === undefined ? undefined : commandsOf[this.#fault.place]
    if (pattern === undefined) return
    this.#rest += octets.toString('latin1')
    for (let end = this.#rest.indexOf('\r\n'); end >= 0; end = this.#rest.indexOf('\r\n')) {
      const line = this.#rest.slice(0, end)
      this.#rest = this.#rest.slice(end + 2)
      if (!pattern.test(line)) continue
      this.#tag = line.split(' ', 1)[0]
      this.#answer = ''
      this.#isActive = true
    }
  }

  /** Where in these octets of the server the place is; undefined: not in them. It is found once for each command. */
  find(octets: Buffer): number | undefined {
    if (!this.#isActive) return undefined
    const before = this.#answer.length
    this.#answer += octets.toString('latin1')
    const place = this.#placeIn(this.#answer)
    if (place === undefined) return undefined
    this.#isActive = false
    return Math.min(Math.max(0, place - before), octets.length)
  }

  #placeIn(answer: string): number | undefined {
    const place = this.#fault?.place
    if (place === 'literal') {
      const literal = /\{(\d+)\}\r\n/.exec(answer)
      return literal === null ? undefined : literal.index + literal[0].length + Math.floor(Number(literal[1]) / 2)
    }
    if (place === 'tagged OK') {
      const at = answer.indexOf(`\r\n${this.#tag} `)
      return at < 0 ? undefined : at + 4
    }
    return answer.length > 9 ? 9 : undefined
  }
}

/** What the client is told. */
class Downstream {
  readonly #client: Socket
  readonly #upstream: Socket
  #isSilent = false
  #paced: Promise<void> | undefined

  constructor(client: Socket, upstream: Socket) {
    this.#client = client
    this.#upstream = upstream
  }

  send(octets: Buffer): void {
    if (this.#isSilent || octets.length === 0) return
    if (this.#paced === undefined) this.#write(octets)
    else this.#paced = this.#paced.then(() => this.#write(octets))
  }

  end(): void {
    if (this.#isSilent) return
    if (this.#paced === undefined) this.#client.end()
    else this.#paced = this.#paced.then(() => void this.#client.end())
  }

  spoil(kind: FaultKind, rest: Buffer): void {
    const forged = forgeries[kind]?.(rest)
    if (forged !== undefined) this.send(forged)
    else if (kind === 'delay' || kind === 'chop' || kind === 'rate') this.#slow(kind, rest)
    else this.#stop(kind)
  }

  #slow(kind: 'delay' | 'chop' | 'rate', rest: Buffer): void {
    if (kind === 'chop') this.#paced = this.#pace(rest, (index) => 1 + (index % 5))
    else if (kind === 'rate') this.#paced = this.#pace(rest, () => 700)
    else {
      this.#paced = pause(30)
      this.send(rest)
    }
  }

  /** `stall` closes nothing. */
  #stop(kind: FaultKind): void {
    this.#isSilent = true
    if (kind === 'rst') this.#client.resetAndDestroy()
    if (kind === 'fin' || kind === 'half-close') this.#client.end()
    if (kind === 'fin') this.#upstream.destroy()
  }

  /** Piece by piece, each in a packet of its own; only so many that a test ends. */
  async #pace(octets: Buffer, lengthOf: (index: number) => number): Promise<void> {
    let at = 0
    for (let index = 0; at < octets.length && index < 60; index++) {
      const end = at + lengthOf(index)
      this.#write(octets.subarray(at, end))
      at = end
      await pause(1)
    }
    this.#write(octets.subarray(at))
  }

  #write(octets: Buffer): void {
    if (!this.#client.destroyed && octets.length > 0) this.#client.write(octets)
  }
}

/** Other octets in the place of these. */
const forgeries: Partial<Record<FaultKind, (octets: Buffer) => Buffer>> = {
  truncate: (octets) => octets.subarray(someOctets),
  duplicate: (octets) => Buffer.concat([octets.subarray(0, someOctets), octets]),
  corrupt: (octets) => Buffer.from(octets.map((octet, index) => (index < someOctets ? octet ^ 1 : octet))),
  inject: (octets) => Buffer.concat([Buffer.from(forgedLine), octets]),
  replace: (octets) => Buffer.from(octets.map((octet, index) => (index < someOctets ? 0x58 : octet))),
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
