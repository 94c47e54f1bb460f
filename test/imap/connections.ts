import { onTestFinished } from 'vitest'
import { createImapSource } from '../../src/imap/imap-source.ts'
import type { ImapSourceOptions } from '../../src/imap/imap-source.ts'
import type { Patience } from '../../src/imap/progress-watchdog.ts'
import type { Account } from '../../src/model/account.ts'
import { uidSetOf, toUid } from '../../src/model/uid-set.ts'
import type { UidSet } from '../../src/model/uid-set.ts'
import type { FetchedMessage, MessageRow } from '../../src/model/message.ts'
import type { MailConnection, MessageSink } from '../../src/sync/ports.ts'
import { accountAt, password } from '../support/run-sync.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import type { Answer, ScriptedServer, ScriptedServerOptions } from '../servers/scripted-server.ts'
import { NotingLane } from './noting-lane.ts'
import { fixedPassword } from '../support/fixed-password.ts'

export interface ConnectOptions extends Partial<ImapSourceOptions> {
  readonly account?: Parameters<typeof accountAt>[1]
  readonly lane?: NotingLane
  readonly signal?: AbortSignal
  /** Default: the one that the servers know. */
  readonly password?: string
}

/** A connection of the real adapter to a server on this machine, dropped when the test has finished. */
export async function connectTo(
  server: { readonly port: number },
  { account, lane = new NotingLane(), signal, password: secret = password, ...options }: ConnectOptions = {},
): Promise<MailConnection> {
  const source = createImapSource({
    secrets: fixedPassword(secret),
    version: '0.0.0',
    connectTimeoutMs: 10_000,
    ...options,
  })
  const settled: Account = accountAt(server.port, account)
  const connection = await source.connect(settled, lane, signal ?? new AbortController().signal)
  onTestFinished(() => connection.destroy())
  return connection
}

/** For servers that say nothing. */
export const quickToSilence: Patience = { silenceMs: 80, stallMs: 60_000 }
/** For servers that say nothing new. */
export const quickToStall: Patience = { silenceMs: 60_000, stallMs: 160 }

export interface Scripted {
  readonly server: ScriptedServer
  readonly connection: MailConnection
}

/** A scripted server and a connection that is logged in to it. */
export async function connectToScript(
  answers: Readonly<Record<string, Answer>>,
  options: ConnectOptions & Pick<ScriptedServerOptions, 'capabilities'> = {},
): Promise<Scripted> {
  const { capabilities, ...connectOptions } = options
  const server = await startScriptedServer({
    ...(capabilities === undefined ? {} : { capabilities }),
    answer: ({ text }) => Object.entries(answers).find(([name]) => text.toUpperCase().startsWith(name))?.[1],
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { server, connection: await connectTo(server, connectOptions) }
}

export function uids(...numbers: readonly number[]): UidSet {
  return uidSetOf(numbers.map((number) => toUid(number)).filter((uid) => uid !== undefined))
}

/** Keeps what it is given. Text has one character per octet. */
export class KeepingSink implements MessageSink {
  readonly messages: {
    readonly uid: number
    readonly octets: string | undefined
    readonly size: number | undefined
  }[] = []
  readonly rows: MessageRow[] = []
  /** Every call in order. */
  readonly calls: string[] = []
  #room: Uint8Array | undefined
  readonly #options: { readonly maxOctets?: number; readonly onReceived?: () => Promise<void> | undefined }

  constructor(options: { readonly maxOctets?: number; readonly onReceived?: () => Promise<void> | undefined } = {}) {
    this.#options = options
  }

  allocate(octets: number): Uint8Array | undefined {
    this.calls.push(`allocate ${octets}`)
    this.#room = octets > (this.#options.maxOctets ?? 2 ** 20) ? undefined : new Uint8Array(octets)
    return this.#room
  }

  received({ row, octets }: FetchedMessage): Promise<void> | undefined {
    this.calls.push(`received ${row.uid}`)
    if (octets !== undefined && octets !== this.#room)
      throw new Error('the octets do not lie in the room that was given')
    this.rows.push(row)
    this.messages.push({ uid: row.uid, octets: octets && Buffer.from(octets).toString('latin1'), size: row.size })
    return this.#options.onReceived?.()
  }

  get uids(): readonly number[] {
    return this.messages.map(({ uid }) => uid)
  }
}

/** The octets of a FETCH row with a body. */
export function bodyRow(uid: number, body: string, announced = body.length): string {
  return `* ${uid} FETCH (UID ${uid} FLAGS () BODY[] {${announced}}\r\n${body})\r\n`
}
