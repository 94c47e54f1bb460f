import { AppError } from '../model/errors.ts'
import { withWireEnds } from './local-fields.ts'
import { findPresent } from './match-present.ts'
import type { RestoreGroup, WantedMessage } from './plan-restore.ts'
import type { AppendedAt, RestoreConnection, RestoreJournal } from './restore-ports.ts'
import type { RestoreFailure } from './restore-messages.ts'
import type { ServerName } from './server-names.ts'

export interface MailboxRestoreContext {
  readonly journal: RestoreJournal
  readonly isDryRun: boolean
  readonly hash: (octets: Uint8Array) => string
  readonly signal: AbortSignal
  readonly onMessage?: (octets: number) => void
}

/** Why a message cannot be read. */
const reasons = {
  damaged: 'its octets in the mirror are damaged: `mailmirror verify --server --repair` may mend it',
  pruned: 'it was pruned: the mirror has its history, and no octets any more',
} as const
/** Places that are noted together: as many may have to be found by comparing after a kill. */
const notedAtOnce = 50
/** A message with which the connection was lost so often is not sent again. */
const mostLost = 4

/** One mailbox of the server: what is wanted there, what is there, and what has been sent. `run` may be called again after a lost
 *  connection: the server may have taken what it did not answer, so the mailbox is compared again. */
export class MailboxRestore {
  readonly path: string
  readonly isNew: boolean
  readonly failures: RestoreFailure[] = []
  octets = 0
  withoutKeywords = 0
  /** The account has no room: nothing more is to be sent. */
  isFull = false
  readonly #group: RestoreGroup
  readonly #context: MailboxRestoreContext
  #wirePath: string | undefined
  #wanted: readonly WantedMessage[] | undefined
  /** Indices. */
  readonly #sent = new Set<number>()
  readonly #failed = new Set<number>()
  #present: ReadonlySet<number> = new Set()
  /** The message that is being sent, and how often the connection was lost with it. */
  #sending: { readonly index: number; lost: number } | undefined
  #notes: (readonly [uid: number, sha256: string])[] = []
  #notedValidity: bigint | undefined
  #count: number | undefined

  constructor(group: RestoreGroup, name: ServerName, context: MailboxRestoreContext) {
    this.#group = group
    this.#context = context
    this.#wirePath = name.wirePath
    this.path = name.path
    this.isNew = name.wirePath === undefined
  }

  get restored(): number {
    return this.#sent.size
  }

  get present(): number {
    return [...this.#present].filter((index) => !this.#sent.has(index)).length
  }

  get left(): number {
    return Math.max(0, (this.#count ?? this.#all().length) - this.restored - this.present - this.#failed.size)
  }

  /** Throws what ends the restore, or this connection. */
  async run(connection: RestoreConnection): Promise<void> {
    try {
      const wanted = this.#all()
      this.#count = wanted.length
      await this.#compare(connection, wanted)
      await this.#sendMissing(connection, wanted)
      // The numbers are known; the list is not needed any more.
      this.#wanted = undefined
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
      this.failures.push({ mailbox: this.path, id: undefined, reason: error.message })
    } finally {
      await this.#note()
    }
  }

  #all(): readonly WantedMessage[] {
    return (this.#wanted ??= this.#group.items())
  }

  async #compare(connection: RestoreConnection, wanted: readonly WantedMessage[]): Promise<void> {
    const { isDryRun, journal, hash, signal } = this.#context
    if (this.#wirePath === undefined && isDryRun) return
    this.#wirePath ??= await connection.create(this.path)
    const listed = await connection.messages(this.#wirePath)
    const known = listed.uidValidity === undefined ? [] : await journal.read(this.#wirePath, listed.uidValidity)
    const options = { connection, listed, known: new Map(known), wireOctets: wireOctetsOf, hash, signal }
    this.#present = listed.uids.length === 0 ? new Set() : await findPresent(wanted, options)
    const sending = this.#sending
    // The server took it, and we never learned.
    if (sending !== undefined && this.#present.has(sending.index)) this.#countSent(sending.index, wanted[sending.index])
  }

  async #sendMissing(connection: RestoreConnection, wanted: readonly WantedMessage[]): Promise<void> {
    for (const [index, message] of wanted.entries()) {
      this.#context.signal.throwIfAborted()
      if (this.#present.has(index) || this.#failed.has(index) || this.#sent.has(index)) continue
      const read = readWireOctets(message)
      const reason =
        typeof read === 'string' ? reasons[read] : await this.#sendOne(connection, index, { message, octets: read })
      if (reason !== undefined) {
        this.#failed.add(index)
        const details = read === 'damaged' ? { isDamaged: true as const } : {}
        this.failures.push({ mailbox: this.path, id: message.id, reason, ...details })
      }
      if (this.isFull) return
    }
  }

  /** Why it could not be sent; undefined: it was. */
  async #sendOne(
    connection: RestoreConnection,
    index: number,
    { message, octets }: { readonly message: WantedMessage; readonly octets: Buffer },
  ): Promise<string | undefined> {
    const refusal = refusalOf(octets, connection)
    if (refusal !== undefined) return refusal
    if (this.#context.isDryRun) {
      this.#countSent(index, message)
      return undefined
    }
    const lost = this.#sending?.index === index ? this.#sending.lost + 1 : 0
    if (lost >= mostLost) return 'the server ends the connection whenever it is sent'
    this.#sending = { index, lost }
    try {
      const at = await this.#append(connection, message, octets)
      this.#countSent(index, message)
      await this.#noteLater(at, message)
      return undefined
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.isFull = saysFull(error)
      if (!this.isFull && error.code !== 'COMMAND_REJECTED') throw error
      return error.message
    }
  }

  /** A server that does not take keywords gets the message without. */
  async #append(
    connection: RestoreConnection,
    { flags, keywords, lacksKeywords, internalDate }: WantedMessage,
    octets: Buffer,
  ): Promise<AppendedAt | undefined> {
    const wirePath = this.#wirePath ?? ''
    try {
      return await connection.append(wirePath, { octets, flags: [...flags, ...keywords], internalDate })
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'COMMAND_REJECTED' && !saysFull(error)
      if (!isRefused || keywords.length === 0) throw error
      const at = await connection.append(wirePath, { octets, flags, internalDate })
      if (!lacksKeywords) this.withoutKeywords++
      return at
    }
  }

  #countSent(index: number, message: WantedMessage | undefined): void {
    this.#sent.add(index)
    this.#sending = undefined
    const octets = message?.octets ?? 0
    if (message?.lacksKeywords === true) this.withoutKeywords++
    this.octets += octets
    this.#context.onMessage?.(octets)
  }

  async #noteLater(at: AppendedAt | undefined, { sha256 }: WantedMessage): Promise<void> {
    if (at === undefined) return
    if (at.uidValidity !== this.#notedValidity) await this.#note()
    this.#notedValidity = at.uidValidity
    this.#notes.push([at.uid, sha256])
    if (this.#notes.length >= notedAtOnce) await this.#note()
  }

  async #note(): Promise<void> {
    const notes = this.#notes
    this.#notes = []
    if (notes.length === 0 || this.#notedValidity === undefined) return
    await this.#context.journal.note(this.#wirePath ?? '', this.#notedValidity, notes)
  }
}

/** A server that has no room for it (RFC 9208 §4.3.1), whether it says that it is asked too much or in words. */
function saysFull({ code, responseCode, message }: AppError): boolean {
  const isRefusal = code === 'COMMAND_REJECTED' || code === 'THROTTLED'
  return isRefusal && (responseCode === 'OVERQUOTA' || /\bquota\b/i.test(message))
}

/** As it is sent: mail has lines that end with CRLF (RFC 9051 §6.3.12). undefined: it is damaged, or pruned. */
export function wireOctetsOf(message: WantedMessage): Buffer | undefined {
  const read = readWireOctets(message)
  return typeof read === 'string' ? undefined : read
}

function readWireOctets({ reader, number }: WantedMessage): Buffer | keyof typeof reasons {
  try {
    const octets = reader.read(number)
    return withWireEnds(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength))
  } catch (error) {
    if (error instanceof AppError && error.code === 'DAMAGED') return 'damaged'
    if (error instanceof AppError && error.code === 'PRUNED') return 'pruned'
    throw error
  }
}

/** What need not be tried. */
function refusalOf(octets: Buffer, { largestMessage, takesNul }: RestoreConnection): string | undefined {
  if (octets.length === 0) return 'it is empty, and IMAP cannot append an empty message'
  if (octets.length > largestMessage)
    return `it has ${octets.length} octets, and the server takes ${largestMessage} at most`
  return octets.includes(0) && !takesNul ? 'it holds NUL octets, which this server does not take' : undefined
}
