/** A message in its mailbox. Its octets are shared, never copied or changed. */
export interface StoredMessage {
  readonly uid: number
  readonly octets: Buffer
  /** INTERNALDATE as served, without its quotes. */
  readonly internalDate: string
  readonly flags: readonly string[]
  readonly modseq: bigint
  /** What stays the same when a message is copied or moved. */
  readonly identity: MessageIdentity
  /** X-GM-LABELS. */
  readonly labels: readonly string[]
  /** It has left the mailbox; views that have not been told yet still hold it. */
  readonly expunged: boolean
}

export interface MessageIdentity {
  /** EMAILID (RFC 8474). */
  readonly emailId: string
  /** X-GM-MSGID and X-GM-THRID, in digits. */
  readonly gmailMessageId: string
  readonly gmailThreadId: string
}

export interface NewMessage {
  readonly uid: number | undefined
  readonly octets: Buffer
  readonly internalDate: string
  readonly flags: readonly string[]
  readonly identity: MessageIdentity
  readonly labels: readonly string[]
}

/** Told synchronously, after the change. */
export interface MailboxListener {
  added(message: StoredMessage): void
  expunged(messages: readonly StoredMessage[]): void
  changed(messages: readonly StoredMessage[]): void
}

export interface MailboxAttributes {
  /** Decoded. */
  path: string
  /** The name as on the wire. */
  wirePath: string
  /** MAILBOXID (RFC 8474). */
  readonly mailboxId: string
  /** With its backslash: `\Sent`. */
  specialUse: string | undefined
  selectable: boolean
  subscribed: boolean
  uidValidity: number
}

type MutableMessage = { -readonly [Key in keyof StoredMessage]: StoredMessage[Key] }

const maxUid = 4_294_967_295

/** One mailbox: messages by ascending UID, and what left it since when. */
export class StoredMailbox {
  readonly attributes: MailboxAttributes
  readonly listeners = new Set<MailboxListener>()
  /** Keywords that were ever used here. */
  readonly keywords = new Set<string>()
  /** Deleted from its store, while sessions may still have it selected. */
  gone = false
  uidNext = 1
  #messages: MutableMessage[] = []
  #vanished: { readonly uid: number; readonly modseq: bigint }[] = []
  #highestModseq = 1n

  constructor(attributes: MailboxAttributes) {
    this.attributes = attributes
  }

  get path(): string {
    return this.attributes.path
  }

  get wirePath(): string {
    return this.attributes.wirePath
  }

  get uidValidity(): number {
    return this.attributes.uidValidity
  }

  get highestModseq(): bigint {
    return this.#highestModseq
  }

  /** By ascending UID. */
  get messages(): readonly StoredMessage[] {
    return this.#messages
  }

  message(uid: number): StoredMessage | undefined {
    return this.#find(uid)
  }

  /** A UID below the highest is allowed (servers do it); one that is in use is not. */
  add({ uid = this.uidNext, ...fields }: NewMessage): StoredMessage {
    const index = firstAtOrAbove(this.#messages, uid)
    if (!Number.isInteger(uid) || uid < 1 || uid > maxUid || this.#messages[index]?.uid === uid) {
      throw new RangeError(`${uid} cannot be the UID of a new message in ${this.path}`)
    }
    const message: MutableMessage = { uid, ...fields, modseq: ++this.#highestModseq, expunged: false }
    this.#noteKeywords(fields.flags)
    if (index === this.#messages.length) this.#messages.push(message)
    else this.#messages.splice(index, 0, message)
    this.uidNext = Math.max(this.uidNext, uid + 1)
    for (const listener of this.listeners) listener.added(message)
    return message
  }

  /** UIDs that are not there are passed over. Returns what has left. */
  expunge(uids: Iterable<number>): readonly StoredMessage[] {
    const leaving: MutableMessage[] = []
    for (const uid of new Set(uids)) {
      const message = this.#find(uid)
      if (message !== undefined) leaving.push(message)
    }
    if (leaving.length === 0) return leaving
    leaving.sort((left, right) => left.uid - right.uid)
    const modseq = ++this.#highestModseq
    for (const message of leaving) {
      message.expunged = true
      this.#vanished.push({ uid: message.uid, modseq })
    }
    this.#messages = this.#messages.filter((message) => !message.expunged)
    for (const listener of this.listeners) listener.expunged(leaving)
    return leaving
  }

  /** Each message whose flags differ gets a new modseq of its own. Returns those. */
  setFlags(uids: Iterable<number>, flagsOf: (message: StoredMessage) => readonly string[]): readonly StoredMessage[] {
    return this.#change(uids, (message) => {
      const flags = flagsOf(message)
      if (sameFlags(message.flags, flags)) return false
      message.flags = [...new Set(flags)]
      this.#noteKeywords(flags)
      return true
    })
  }

  setLabels(uids: Iterable<number>, labels: readonly string[]): readonly StoredMessage[] {
    return this.#change(uids, (message) => {
      message.labels = [...labels]
      return true
    })
  }

  /** UIDs that left after `modseq` (RFC 7162 §3.2.10), in the order in which they left. */
  vanishedSince(modseq: bigint): readonly number[] {
    return this.#vanished.filter((entry) => entry.modseq > modseq).map((entry) => entry.uid)
  }

  #change(uids: Iterable<number>, change: (message: MutableMessage) => boolean): readonly StoredMessage[] {
    const changed: MutableMessage[] = []
    for (const uid of uids) {
      const message = this.#find(uid)
      if (message === undefined || !change(message)) continue
      message.modseq = ++this.#highestModseq
      changed.push(message)
    }
    if (changed.length > 0) for (const listener of this.listeners) listener.changed(changed)
    return changed
  }

  #find(uid: number): MutableMessage | undefined {
    const message = this.#messages[firstAtOrAbove(this.#messages, uid)]
    return message?.uid === uid ? message : undefined
  }

  #noteKeywords(flags: readonly string[]): void {
    for (const flag of flags) if (!flag.startsWith('\\')) this.keywords.add(flag)
  }
}

/** Index of the first message with this UID or a higher one. */
export function firstAtOrAbove(messages: readonly { readonly uid: number }[], uid: number): number {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((messages[middle]?.uid ?? 0) < uid) low = middle + 1
    else high = middle
  }
  return low
}

function sameFlags(left: readonly string[], right: readonly string[]): boolean {
  const set = new Set(right)
  return left.length === set.size && left.every((flag) => set.has(flag))
}
