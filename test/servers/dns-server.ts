import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'

export type DnsRecord =
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'MX'; readonly priority: number; readonly exchange: string }
  | {
      readonly type: 'SRV'
      readonly priority?: number
      readonly weight?: number
      readonly port: number
      readonly target: string
    }

export interface DnsServerOptions {
  /** Lower-case name to its records; a name that is not here does not exist. */
  readonly records: Readonly<Record<string, readonly DnsRecord[]>>
  /** Questions about these names are not answered at all. */
  readonly silentAbout?: readonly string[]
  /** In place of each answer. */
  readonly replaceBy?: (answer: Buffer) => Buffer
}

const typeNumbers: Readonly<Record<string, number>> = { A: 1, MX: 15, SRV: 33 }

/** A DNS server (RFC 1035) on loopback that knows what it is told, and that such a name does not exist. */
export class DnsServer implements AsyncDisposable {
  readonly #socket: Socket = createSocket('udp4')
  readonly #options: DnsServerOptions
  /** `TYPE name` of each question. */
  readonly questions: string[] = []

  private constructor(options: DnsServerOptions) {
    this.#options = options
    this.#socket.on('message', (message, from) => {
      const answer = this.#answer(message)
      if (answer !== undefined) this.#socket.send(answer, from.port, from.address)
    })
  }

  static async start(options: DnsServerOptions): Promise<DnsServer> {
    const server = new DnsServer(options)
    server.#socket.bind(0, '127.0.0.1')
    await once(server.#socket, 'listening')
    return server
  }

  /** As Node's resolver and MAILMIRROR_DNS take it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #answer(message: Buffer): Buffer | undefined {
    const { name, end } = readName(message, 12)
    const type = message.readUInt16BE(end)
    const typeName = Object.keys(typeNumbers).find((one) => typeNumbers[one] === type) ?? String(type)
    this.questions.push(`${typeName} ${name}`)
    const { records, silentAbout = [], replaceBy = (answer: Buffer) => answer } = this.#options
    if (silentAbout.includes(name)) return undefined
    const known = records[name]
    const found = (known ?? []).filter((record) => typeNumbers[record.type] === type)
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    // A response, authoritative, recursion available; 3: no such name.
    header.writeUInt16BE(0x8580 | (known === undefined ? 3 : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(found.length, 6)
    return replaceBy(Buffer.concat([header, message.subarray(12, end + 4), ...found.map(toAnswer)]))
  }
}

function readName(message: Buffer, from: number): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = from
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function toAnswer(record: DnsRecord): Buffer {
  const data = dataOf(record)
  const head = Buffer.alloc(12)
  // The name is that of the question.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(typeNumbers[record.type] ?? 0, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function dataOf(record: DnsRecord): Buffer {
  switch (record.type) {
    case 'A':
      return Buffer.from(record.address.split('.').map(Number))
    case 'MX':
      return Buffer.concat([numbers(record.priority), wireName(record.exchange)])
    case 'SRV':
      return Buffer.concat([
        numbers(record.priority ?? 0, record.weight ?? 0, record.port),
        wireName(record.target === '.' ? '' : record.target),
      ])
  }
}

function numbers(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

function wireName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ])
}
