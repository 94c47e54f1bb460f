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
import type { UidSet } from '../model/uid-set.ts'
import {
  appendMessage,
  createMailbox,
  largestMessage,
  leaveMailbox,
  namespacePrefix,
  takesNul,
} from './adding-commands.ts'
import type { CommandChannel } from './command-channel.ts'
import { examine } from './examine-mailbox.ts'
import { fetchHeaders, fetchMessages, fetchRows } from './fetch-messages.ts'
import { openChannel } from './imap-source.ts'
import type { ImapSourceOptions } from './imap-source.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { assertOnlyAdds } from './read-only.ts'

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
    return largestMessage(this.#capabilities)
  }

  get takesNul(): boolean {
    return takesNul(this.#capabilities)
  }

  mailboxes(): Promise<readonly ServerMailbox[]> {
    return listMailboxes(this.#channel, this.#capabilities)
  }

  namespace(): Promise<string> {
    return namespacePrefix(this.#channel, this.#capabilities)
  }

  create(path: string): Promise<string> {
    return createMailbox(this.#channel, path)
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

  async append(wirePath: string, message: MessageToAppend): Promise<AppendedAt | undefined> {
    if (this.#isExamining) await leaveMailbox(this.#channel, this.#capabilities)
    this.#isExamining = false
    return appendMessage(this.#channel, wirePath, message)
  }

  close(): Promise<void> {
    return this.#channel.logout()
  }
}

/** Modseqs and ids are not asked for. */
const noExtensions: ReadonlySet<string> = new Set()
