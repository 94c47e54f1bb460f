import { connect, type Socket } from 'node:net'

export interface MessageToAppend {
  readonly octets: Uint8Array
  readonly flags?: readonly string[]
  /** Whole seconds count; default: the server's clock. */
  readonly internalDate?: Date
}

/** A second client of a test's server: fills accounts and changes them while mailmirror looks on. It shares no code
 *  with mailmirror. Mailbox names are as on the wire. One command at a
 *  time; a command that the server refuses rejects with its words. */
export interface MailClient {
  /** Appends in this order, many at a time where the server has MULTIAPPEND (RFC 3502). */
  append(mailbox: string, messages: readonly MessageToAppend[]): Promise<void>
  create(mailbox: string): Promise<void>
  deleteMailbox(mailbox: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Selects the mailbox for what follows; only `append` and the three above need none. */
  select(mailbox: string): Promise<void>
  /** `uids` is an IMAP sequence set such as `1:3,7`. */
  addFlags(uids: string, flags: readonly string[]): Promise<void>
  removeFlags(uids: string, flags: readonly string[]): Promise<void>
  /** Marks as \Deleted and expunges exactly these (RFC 4315). */
  expunge(uids: string): Promise<void>
  copy(uids: string, mailbox: string): Promise<void>
  move(uids: string, mailbox: string): Promise<void>
  /** Any other command; resolves to the untagged lines of its answer. It must not ask for literals. */
  command(line: string): Promise<readonly string[]>
  [Symbol.asyncDispose](): Promise<void>
}

export interface MailLogin {
  readonly port: number
  readonly user: string
  readonly password: string
}

/** In one APPEND command; a server keeps such a transaction in memory. */
const MESSAGES_PER_APPEND = 500
const OCTETS_PER_APPEND = 64 << 20

/** Connects to 127.0.0.1 and logs in. */
export async function openMailClient({ port, user, password }: MailLogin): Promise<MailClient> {
  const wire = new Wire(connect(port, '127.0.0.1'))
  await wire.greeting()
  await wire.command(`LOGIN ${quoted(user)} ${quoted(password)}`)
  const capabilities = (await wire.command('CAPABILITY')).join(' ')
  const perAppend = capabilities.includes('MULTIAPPEND') ? MESSAGES_PER_APPEND : 1
  // RFC 7888: without it the server is waited for after each announcement.
  const mark = capabilities.includes('LITERAL+') ? '+' : ''
  const run = async (line: string): Promise<void> => {
    await wire.command(line)
  }
  return {
    async append(mailbox, messages) {
      for (const part of slices(messages, perAppend)) {
        const pieces = part.flatMap((message) => [Buffer.from(appendHead(message, mark)), Buffer.from(message.octets)])
        await wire.command(`APPEND ${quoted(mailbox)}`, pieces, mark === '')
      }
    },
    create: (mailbox) => run(`CREATE ${quoted(mailbox)}`),
    deleteMailbox: (mailbox) => run(`DELETE ${quoted(mailbox)}`),
    rename: (from, to) => run(`RENAME ${quoted(from)} ${quoted(to)}`),
    select: (mailbox) => run(`SELECT ${quoted(mailbox)}`),
    addFlags: (uids, flags) => run(`UID STORE ${uids} +FLAGS.SILENT (${flags.join(' ')})`),
    removeFlags: (uids, flags) => run(`UID STORE ${uids} -FLAGS.SILENT (${flags.join(' ')})`),
    async expunge(uids) {
      await run(`UID STORE ${uids} +FLAGS.SILENT (\\Deleted)`)
      // Without UIDPLUS all that is marked goes: nothing else is, in a test.
      await run(capabilities.includes('UIDPLUS') ? `UID EXPUNGE ${uids}` : 'EXPUNGE')
    },
    copy: (uids, mailbox) => run(`UID COPY ${uids} ${quoted(mailbox)}`),
    move: (uids, mailbox) => run(`UID MOVE ${uids} ${quoted(mailbox)}`),
    command: (line) => wire.command(line),
    async [Symbol.asyncDispose]() {
      await wire.command('LOGOUT').catch(() => undefined)
      wire.close()
    },
  }
}

/** Commands and lines on a socket. */
class Wire {
  #socket: Socket
  #lines: AsyncIterator<string>
  #tag = 0

  constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = linesOf(socket)
  }

  async greeting(): Promise<void> {
    const line = await this.#line()
    if (!line.startsWith('* OK')) throw new Error(`the server greets with: ${line}`)
  }

  async command(line: string, pieces: readonly Buffer[] = [], waits = false): Promise<readonly string[]> {
    const tag = `c${++this.#tag}`
    const untagged: string[] = []
    const [head, ...octets] = [Buffer.from(`${tag} ${line}`), ...pieces]
    if (waits && octets.length > 0) await this.#writeWaiting(Buffer.concat([head, octets.shift() ?? head]), untagged)
    this.#socket.write(Buffer.concat([...(waits && pieces.length > 0 ? [] : [head]), ...octets, Buffer.from('\r\n')]))
    for (;;) {
      const answer = await this.#line()
      if (answer.startsWith(`${tag} OK`)) return untagged
      if (answer.startsWith(`${tag} `)) throw new Error(`${line}: ${answer.slice(tag.length + 1)}`)
      untagged.push(answer)
    }
  }

  /** Up to an announcement, and on when the server says so. */
  async #writeWaiting(octets: Buffer, untagged: string[]): Promise<void> {
    this.#socket.write(octets)
    for (let line = await this.#line(); !line.startsWith('+'); line = await this.#line()) {
      if (/^c\d+ (?:NO|BAD)/.test(line)) throw new Error(line)
      untagged.push(line)
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next()
    if (next.done === true) throw new Error('the server closed the connection')
    return next.value
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = ''
  for await (const text of socket.setEncoding('utf8')) {
    rest += String(text)
    const lines = rest.split('\r\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

function* slices(messages: readonly MessageToAppend[], count: number): Generator<readonly MessageToAppend[]> {
  let part: MessageToAppend[] = []
  let octets = 0
  for (const message of messages) {
    if (part.length === count || (part.length > 0 && octets + message.octets.length > OCTETS_PER_APPEND)) {
      yield part
      part = []
      octets = 0
    }
    part.push(message)
    octets += message.octets.length
  }
  if (part.length > 0) yield part
}

function appendHead({ octets, flags = [], internalDate }: MessageToAppend, mark: string): string {
  const date = internalDate === undefined ? '' : ` "${imapDate(internalDate)}"`
  return ` (${flags.join(' ')})${date} {${octets.length}${mark}}\r\n`
}

/** date-time of RFC 9051 §9, in UTC: `17-Jul-1996 02:44:25 +0000`. */
function imapDate(date: Date): string {
  const [, day = '', month = '', year = '', time = ''] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(date.toUTCString()) ?? []
  return `${day}-${month}-${year} ${time} +0000`
}

function quoted(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new Error(`cannot be written in quotes: ${JSON.stringify(text)}`)
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
