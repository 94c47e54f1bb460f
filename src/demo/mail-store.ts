import { formatInternalDate } from './internal-date.ts'
import { pathToWire } from '../model/modified-utf7.ts'
import { StoredMailbox } from './stored-mailbox.ts'
import type { MessageIdentity, StoredMessage } from './stored-mailbox.ts'

export interface MailStoreOptions {
  /** Hierarchy delimiter, one character; default `/`. */
  readonly delimiter?: string
  /** Of the first mailbox; every further one gets a higher one. */
  readonly firstUidValidity?: number
  /** INTERNALDATE of what is appended without one. */
  readonly now?: () => Date
}

export interface MailboxOptions {
  /** `\Sent` and so on (RFC 6154). */
  readonly specialUse?: string
  readonly uidValidity?: number
  readonly uidNext?: number
  readonly selectable?: boolean
  readonly subscribed?: boolean
  /** The name on the wire, where it is not the modified UTF-7 of the path. Parents are not made for it. */
  readonly wirePath?: string
}

export interface AppendOptions {
  readonly flags?: readonly string[]
  /** A Date is served in UTC; text is served as it stands. */
  readonly internalDate?: string | Date
  /** Default: UIDNEXT. */
  readonly uid?: number
  /** EMAILID, and X-GM-MSGID when it is all digits. */
  readonly emailId?: string
  /** X-GM-THRID, in digits. */
  readonly threadId?: string
  readonly labels?: readonly string[]
}

/** The server's state. Tests and the demo change it while clients are connected, and the clients are told as the
 *  protocol allows. Paths are decoded; `INBOX` always exists. An unknown path is a RangeError. */
export class MailStore {
  readonly delimiter: string
  readonly #now: () => Date
  readonly #byWirePath = new Map<string, StoredMailbox>()
  #lastUidValidity: number
  #made = 0

  constructor({ delimiter = '/', firstUidValidity = 1_700_000_001, now = () => new Date() }: MailStoreOptions = {}) {
    this.delimiter = delimiter
    this.#now = now
    this.#lastUidValidity = firstUidValidity - 1
    this.createMailbox('INBOX')
  }

  /** In the order in which they were made. */
  get mailboxes(): readonly StoredMailbox[] {
    return [...this.#byWirePath.values()]
  }

  mailbox(path: string): StoredMailbox {
    const found = this.findByWirePath(pathToWire(path)) ?? this.mailboxes.find((mailbox) => mailbox.path === path)
    if (found === undefined) throw new RangeError(`there is no mailbox ${path}`)
    return found
  }

  /** `INBOX` in any case; every other name octet by octet. */
  findByWirePath(wirePath: string): StoredMailbox | undefined {
    return this.#byWirePath.get(wirePath.toUpperCase() === 'INBOX' ? 'INBOX' : wirePath)
  }

  hasChildren(mailbox: StoredMailbox): boolean {
    const prefix = mailbox.wirePath + this.delimiter
    return this.mailboxes.some((other) => other.wirePath.startsWith(prefix))
  }

  /** Missing parents are made, not selectable. A parent that was only that becomes a mailbox. */
  createMailbox(path: string, options: MailboxOptions = {}): StoredMailbox {
    const { specialUse, uidNext, selectable = true, subscribed = true, wirePath = pathToWire(path) } = options
    const existing = this.#byWirePath.get(wirePath)
    if (existing?.attributes.selectable === true) throw new RangeError(`${path} exists`)
    if (options.wirePath === undefined) this.#createParents(path)
    const uidValidity = options.uidValidity ?? this.#lastUidValidity + 1
    this.#lastUidValidity = Math.max(this.#lastUidValidity, uidValidity)
    const mailboxId = `F${++this.#made}`
    const mailbox = new StoredMailbox({ path, wirePath, mailboxId, specialUse, selectable, subscribed, uidValidity })
    mailbox.uidNext = uidNext ?? 1
    this.#byWirePath.set(wirePath, mailbox)
    return mailbox
  }

  /** Returns the new message's UID. The octets are kept as they are and must not be changed afterwards. */
  append(path: string, octets: Uint8Array, options: AppendOptions = {}): number {
    const { internalDate = this.#now(), flags = [], labels = [], uid } = options
    const message = this.mailbox(path).add({
      uid,
      octets: Buffer.isBuffer(octets) ? octets : Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength),
      internalDate: typeof internalDate === 'string' ? internalDate : formatInternalDate(internalDate),
      flags: [...flags],
      labels: [...labels],
      identity: this.#identity(options),
    })
    return message.uid
  }

  /** As COPY does: same octets, flags, date and identity under a new UID, which is returned. */
  copy(message: StoredMessage, target: StoredMailbox): number {
    return target.add({ ...message, uid: undefined }).uid
  }

  /** As if another client had expunged them; UIDs that are not there are passed over. */
  expunge(path: string, uids: Iterable<number>): void {
    this.mailbox(path).expunge(uids)
  }

  setFlags(path: string, uids: number | Iterable<number>, flags: readonly string[]): void {
    this.mailbox(path).setFlags(typeof uids === 'number' ? [uids] : uids, () => flags)
  }

  setLabels(path: string, uids: number | Iterable<number>, labels: readonly string[]): void {
    this.mailbox(path).setLabels(typeof uids === 'number' ? [uids] : uids, labels)
  }

  /** The UIDs stay. Sessions that have the mailbox selected see the new number when they select it again. */
  setUidValidity(path: string, uidValidity: number): void {
    this.mailbox(path).attributes.uidValidity = uidValidity
    this.#lastUidValidity = Math.max(this.#lastUidValidity, uidValidity)
  }

  /** With everything below it; UIDs and uidValidity stay. Renaming INBOX moves its messages (RFC 9051 §6.3.6). */
  rename(from: string, to: string): void {
    const mailbox = this.mailbox(from)
    if (this.#byWirePath.has(pathToWire(to))) throw new RangeError(`${to} exists`)
    if (mailbox.wirePath === 'INBOX') return this.#moveInbox(mailbox, to)
    this.#createParents(to)
    const below = from + this.delimiter
    for (const other of this.mailboxes) {
      if (other === mailbox) this.#rekey(other, to)
      else if (other.path.startsWith(below)) this.#rekey(other, to + other.path.slice(from.length))
    }
  }

  /** Its messages are gone; a mailbox with children stays as their parent, not selectable. */
  deleteMailbox(path: string): void {
    const mailbox = this.mailbox(path)
    if (mailbox.wirePath === 'INBOX') throw new RangeError('INBOX cannot be deleted')
    mailbox.gone = true
    this.#byWirePath.delete(mailbox.wirePath)
    if (this.hasChildren(mailbox)) this.createMailbox(path, { selectable: false })
  }

  #moveInbox(inbox: StoredMailbox, to: string): void {
    const target = this.createMailbox(to)
    const messages = [...inbox.messages]
    for (const message of messages) this.copy(message, target)
    inbox.expunge(messages.map((message) => message.uid))
  }

  #createParents(path: string): void {
    for (let end = path.indexOf(this.delimiter); end > 0; end = path.indexOf(this.delimiter, end + 1)) {
      const parent = path.slice(0, end)
      if (!this.#byWirePath.has(pathToWire(parent))) this.createMailbox(parent, { selectable: false })
    }
  }

  #rekey(mailbox: StoredMailbox, path: string): void {
    this.#byWirePath.delete(mailbox.wirePath)
    Object.assign(mailbox.attributes, { path, wirePath: pathToWire(path) })
    this.#byWirePath.set(mailbox.wirePath, mailbox)
  }

  #identity({ emailId, threadId }: AppendOptions): MessageIdentity {
    const number = String(1_750_000_000_000_000_000n + BigInt(++this.#made))
    const gmailMessageId = emailId !== undefined && /^\d+$/.test(emailId) ? emailId : number
    return { emailId: emailId ?? `M${number}`, gmailMessageId, gmailThreadId: threadId ?? gmailMessageId }
  }
}
