import type { ListedMailbox, MailboxStatus } from '../model/mailbox.ts'
import type { MessageRow } from '../model/message.ts'
import { emptyUidSet, formatUidSet, uidIntersection } from '../model/uid-set.ts'
import type { UidSet } from '../model/uid-set.ts'
import { AppError } from '../model/errors.ts'
import type {
  ExaminedMailbox,
  ListenRequest,
  MailConnection,
  MessageSink,
  ResyncRequest,
  RowRequest,
} from '../sync/ports.ts'
import type { CommandChannel } from './command-channel.ts'
import { CommandRejected } from './command-error.ts'
import { enable } from './enable.ts'
import { examine, examineWithResync } from './examine-mailbox.ts'
import { fetchHeaders, fetchMessages, fetchRows } from './fetch-messages.ts'
import { isFetch } from './fetch-row.ts'
import { idle } from './idle.ts'
import { listMailboxes } from './list-mailboxes.ts'
import { hasModseq, parseStatus, statusOf } from './mailbox-status.ts'
import { notifyOfAll, notifyOfNothing } from './notify.ts'
import type { Response } from './response-reader.ts'
import { fetchUids, searchUids } from './search-uids.ts'

/** VANISHED (EARLIER) is an answer. */
const isArrivalOrLoss = /^\* (?:\d+ (?:EXISTS|EXPUNGE)\b|VANISHED [\d,:*]+$)/i

/** A row that comes during another command tells of a change. */
const asksForRows = (command: string | undefined): boolean => command === 'UID FETCH' || command === 'EXAMINE'

/** A logged-in connection: each method is one command. */
export class ImapConnection implements MailConnection {
  readonly capabilities: ReadonlySet<string>
  readonly serverId: string | undefined
  readonly #channel: CommandChannel
  /** What is asked of the server: less than it offers once it has refused something (F51). */
  readonly #used: Set<string>
  /** Words of the account's `disable`. */
  readonly #disabled: ReadonlySet<string>
  #hasExamined = false
  /** Something has come or gone since EXAMINE. */
  #hasNoticed = false
  #request: ListenRequest | undefined
  /** undefined: it was not tried yet. */
  #isResyncing: boolean | undefined

  constructor(
    channel: CommandChannel,
    about: {
      readonly capabilities: ReadonlySet<string>
      readonly serverId: string | undefined
      readonly disable?: readonly string[]
    },
  ) {
    this.#channel = channel
    this.capabilities = about.capabilities
    this.#used = new Set(about.capabilities)
    this.serverId = about.serverId
    this.#disabled = new Set(about.disable)
    channel.listener = (response, during) => this.#notice(response, during)
  }

  get usable(): boolean {
    return this.#channel.usable
  }

  get localAddress(): string | undefined {
    return this.#channel.localAddress
  }

  get slowdowns(): number {
    return this.#channel.slowdowns
  }

  async listMailboxes(): Promise<readonly ListedMailbox[]> {
    const listed = await listMailboxes(this.#channel, this.#used)
    return listed.map((box) => (box.status === undefined ? box : { ...box, status: this.#trusted(box.status) }))
  }

  async status(wirePath: string): Promise<MailboxStatus> {
    return this.#trusted(await statusOf(this.#channel, wirePath, this.#used))
  }

  async examine(wirePath: string, resync?: ResyncRequest): Promise<ExaminedMailbox> {
    const examined = resync === undefined ? undefined : await this.#examineWithResync(wirePath, resync)
    this.#hasExamined = true
    const told = this.#trusted(examined ?? (await this.#examine(wirePath)))
    this.#hasNoticed = false
    return told
  }

  async listen(request: ListenRequest): Promise<void> {
    this.#request = request
    const ofAll = request.ofAll && this.#used.has('NOTIFY') && (await this.#askToBeTold())
    try {
      if (this.#hasNoticed) request.onHint({ kind: 'examined' })
      await idle(this.#channel, request.until)
    } finally {
      this.#request = undefined
    }
    // What is told unasked must not be taken for an answer.
    if (ofAll) await notifyOfNothing(this.#channel)
  }

  /** False: the server offers NOTIFY and refuses it. */
  async #askToBeTold(): Promise<boolean> {
    try {
      await notifyOfAll(this.#channel, this.#used)
      return true
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'COMMAND_REJECTED') throw error
      this.#used.delete('NOTIFY')
      return false
    }
  }

  #notice(response: Response, during: string | undefined): void {
    const { text } = response
    if (isArrivalOrLoss.test(text) || (isFetch(text) && !asksForRows(during))) {
      this.#hasNoticed = true
      this.#request?.onHint({ kind: 'examined' })
    }
    if (this.#request === undefined) return
    const told = parseStatus(response)
    if (told !== undefined) this.#request.onHint({ kind: 'status', ...told })
  }

  /** A UIDNEXT that is known to be wrong counts as not told. */
  #trusted<S extends MailboxStatus>(status: S): S {
    return this.#disabled.has('UIDNEXT') ? { ...status, uidNext: undefined } : status
  }

  async #examine(wirePath: string): Promise<ExaminedMailbox> {
    if (!hasModseq(this.#used)) return examine(this.#channel, wirePath)
    try {
      return await examine(this.#channel, wirePath, 'CONDSTORE')
    } catch (error) {
      if (!(error instanceof CommandRejected) || !error.isBad) throw error
    }
    const examined = await examine(this.#channel, wirePath)
    // CONDSTORE was to blame.
    this.#used.delete('CONDSTORE')
    this.#used.delete('QRESYNC')
    return { ...examined, highestModseq: undefined }
  }

  /** undefined: QRESYNC is not to be had, or the server's answer cannot be used (F51, F103). */
  async #examineWithResync(wirePath: string, resync: ResyncRequest): Promise<ExaminedMailbox | undefined> {
    if (!(await this.#enableQresync())) return undefined
    try {
      const examined = await examineWithResync(this.#channel, wirePath, resync)
      if (examined !== undefined) return examined
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'COMMAND_REJECTED') throw error
    }
    // The mailbox may be to blame: then it is refused again, and QRESYNC stays.
    const examined = await this.#examine(wirePath)
    this.#isResyncing = false
    return examined
  }

  /** ENABLE has its place before the first EXAMINE (RFC 5161 §3.1); it is sent once something may come of it. */
  async #enableQresync(): Promise<boolean> {
    if (this.#isResyncing === undefined) {
      const isOffered = this.#used.has('QRESYNC') && this.#used.has('ENABLE')
      this.#isResyncing = isOffered && !this.#hasExamined && (await enable(this.#channel, 'QRESYNC'))
    }
    return this.#isResyncing
  }

  async searchUids(within?: UidSet): Promise<UidSet> {
    if (within?.size === 0) return emptyUidSet
    if (this.#disabled.has('SEARCH')) return fetchUids(this.#channel, within)
    try {
      const found = await searchUids(
        this.#channel,
        this.#used,
        within === undefined ? 'ALL' : `UID ${formatUidSet(within)}`,
      )
      return within === undefined ? found : uidIntersection(found, within)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'COMMAND_REJECTED') throw error
      return fetchUids(this.#channel, within)
    }
  }

  listUids(): Promise<UidSet> {
    return fetchUids(this.#channel, undefined)
  }

  async searchLarger(octets: number, within: UidSet): Promise<UidSet> {
    if (within.size === 0) return emptyUidSet
    const found = await searchUids(this.#channel, this.#used, `UID ${formatUidSet(within)} LARGER ${octets}`)
    return uidIntersection(found, within)
  }

  fetchRows(request: RowRequest, onRow: (row: MessageRow) => Promise<void> | undefined): Promise<void> {
    return fetchRows(this.#channel, this.#used, { ...request, onRow })
  }

  fetchHeaders(uids: UidSet, onHeader: (row: MessageRow, fields: Uint8Array | undefined) => void): Promise<void> {
    return fetchHeaders(this.#channel, this.#used, { uids, onHeader })
  }

  fetchMessages(uids: UidSet, sink: MessageSink): Promise<void> {
    return fetchMessages(this.#channel, this.#used, { uids, sink })
  }

  logout(): Promise<void> {
    return this.#channel.logout()
  }

  destroy(): void {
    this.#channel.destroy()
  }
}
