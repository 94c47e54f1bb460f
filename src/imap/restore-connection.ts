import { hash } from 'node:crypto'
import type {
  AppendedAt,
  MessageToAppend,
  RestoreConnection,
  RestoreServer,
  ServerMailbox,
  ServerMessages,
} from '../export/restore-ports.ts'
import type { Account } from '../model/account.ts'
import { headerProof } from '../model/header-fields.ts'
import type { Lane } from '../model/lane.ts'
import { pathToWire } from '../model/modified-utf7.ts'
import type { UidSet } from '../model/uid-set.ts'
import type { CommandChannel } from './command-channel.ts'
import { CommandRejected } from './command-error.ts'
import { examine } from './examine-mailbox.ts'
import { fetchHeaders, fetchMessages, fetchRows } from './fetch-messages.ts'
import { openChannel } from './imap-source.ts'
import type { ImapSourceOptions } from './imap-source.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { nameParts } from './mailbox-status.ts'
import { assertOnlyAdds } from './read-only.ts'
import { isList, Scanner } from './tokens.ts'
import { decodeWireName } from './wire-name.ts'

/** Logs in as a sync does, on connections of its own (F99). */
export function createRestoreServer(account: Account, options: ImapSourceOptions, openLane: () => Lane): RestoreServer {
  return {
    connect: async (signal) => {
      const use = { lane: openLane(), signal, assertAllowed: assertOnlyAdds }
      const { channel, capabilities } = await openChannel(account, options, use)
      return new ImapRestoreConnection(channel, capabilities)
    },
  }
}

class ImapRestoreConnection implements RestoreConnection {
  readonly #channel: CommandChannel
  readonly #capabilities: ReadonlySet<string>
  #isExamining = false

  constructor(channel: CommandChannel, capabilities: ReadonlySet<string>) {
    this.#channel = channel
    this.#capabilities = capabilities
  }

  get largestMessage(): number {
    for (const name of this.#capabilities) {
      const told = /^APPENDLIMIT=(\d{1,15})$/.exec(name)?.[1]
      if (told !== undefined) return Number(told)
    }
    return Infinity
  }

  get takesNul(): boolean {
    return this.#capabilities.has('BINARY')
  }

  mailboxes(): Promise<readonly ServerMailbox[]> {
    return listMailboxes(this.#channel, this.#capabilities)
  }

  async namespace(): Promise<string> {
    if (!this.#capabilities.has('NAMESPACE')) return ''
    let prefix = ''
    await this.#channel.run({
      attempt: 'ask for the namespaces',
      name: 'NAMESPACE',
      parts: [],
      onUntagged: (response) => {
        const match = /^\* NAMESPACE /i.exec(response.text)
        if (match !== null) prefix = firstPrefix(new Scanner(response, match[0].length))
        return undefined
      },
    })
    return decodeWireName(prefix)
  }

  async create(path: string): Promise<string> {
    const wirePath = pathToWire(path)
    const name = nameParts(wirePath)
    await unlessRejected(
      this.#channel.run({ attempt: `create mailbox ${JSON.stringify(path)}`, name: 'CREATE', parts: [name] }),
      ({ responseCode }) => responseCode === 'ALREADYEXISTS',
    )
    await unlessRejected(
      this.#channel.run({ attempt: `subscribe mailbox ${JSON.stringify(path)}`, name: 'SUBSCRIBE', parts: [name] }),
      () => true,
    )
    return wirePath
  }

  async messages(wirePath: string): Promise<ServerMessages> {
    this.#isExamining = true
    const { uidValidity, messages } = await examine(this.#channel, wirePath)
    const uids: number[] = []
    const sizes: number[] = []
    const seconds: number[] = []
    if (messages > 0) {
      await fetchRows(this.#channel, noExtensions, {
        metadata: true,
        onRow: (row) => {
          uids.push(row.uid)
          sizes.push(row.size ?? NaN)
          seconds.push(row.internalDate?.seconds ?? NaN)
          return undefined
        },
      })
    }
    return { uidValidity, uids, sizes, seconds }
  }

  async headerProofs(uids: UidSet): Promise<ReadonlyMap<number, string>> {
    const proofs = new Map<number, string>()
    await fetchHeaders(this.#channel, noExtensions, {
      uids,
      onHeader: ({ uid }, fields) => {
        const proof = fields === undefined ? undefined : headerProof(fields)
        if (proof !== undefined) proofs.set(uid, proof)
      },
    })
    return proofs
  }

  async hashes(uids: UidSet): Promise<ReadonlyMap<number, string>> {
    const hashes = new Map<number, string>()
    await fetchMessages(this.#channel, noExtensions, {
      uids,
      sink: {
        allocate: (octets) => new Uint8Array(octets),
        received: ({ row, octets }) => {
          if (octets !== undefined) hashes.set(row.uid, hash('sha256', octets))
          return undefined
        },
      },
    })
    return hashes
  }

  async append(wirePath: string, { octets, flags, internalDate }: MessageToAppend): Promise<AppendedAt | undefined> {
    await this.#leave()
    const date = internalDate?.seconds === undefined ? [] : [`"${internalDate.text}"`]
    const list = flags.length === 0 ? [] : [`(${flags.join(' ')})`]
    const { responseCode, codeArguments } = await this.#channel.run({
      attempt: `append to mailbox ${JSON.stringify(decodeWireName(wirePath))}`,
      name: 'APPEND',
      parts: [nameParts(wirePath), ...list, ...date, { literal: octets, isBinary: octets.includes(0) }],
    })
    const [validity = '', uid = ''] = responseCode === 'APPENDUID' ? codeArguments.split(' ') : []
    return /^\d{1,10}$/.test(validity) && /^\d{1,10}$/.test(uid)
      ? { uidValidity: BigInt(validity), uid: Number(uid) }
      : undefined
  }

  /** Some servers append nothing to a mailbox that is examined. Of one that was, CLOSE removes nothing (RFC 9051 §6.4.1). */
  async #leave(): Promise<void> {
    if (!this.#isExamining) return
    this.#isExamining = false
    const name = this.#capabilities.has('UNSELECT') ? 'UNSELECT' : 'CLOSE'
    await unlessRejected(this.#channel.run({ attempt: 'leave the mailbox', name, parts: [] }), () => true)
  }

  close(): Promise<void> {
    return this.#channel.logout()
  }
}

/** Modseqs and ids are not asked for. */
const noExtensions: ReadonlySet<string> = new Set()

/** `(("INBOX." ".")) NIL NIL`: that of the first of the user's own (RFC 2342 §5). */
function firstPrefix(scanner: Scanner): string {
  const own = scanner.value()
  const [first] = isList(own) ? own : []
  const [prefix] = isList(first) ? first : []
  return typeof prefix === 'string' ? prefix : ''
}

async function unlessRejected(command: Promise<unknown>, isFine: (error: CommandRejected) => boolean): Promise<void> {
  try {
    await command
  } catch (error) {
    if (!(error instanceof CommandRejected) || error.code !== 'COMMAND_REJECTED' || !isFine(error)) throw error
  }
}
