import type { ImportedMailbox } from './import-messages.ts'
import type { HeldMessage, ImportStore, LocalMailbox, MailText, MessageToImport } from './import-ports.ts'
import type { SourceMessage, SourcePlace } from './import-source.ts'

/** A message, and whose it becomes. */
export type PlacedMessage = Omit<SourceMessage, 'places'> & {
  readonly places: readonly (SourcePlace & { readonly account: string })[]
}

interface Waiting {
  readonly message: PlacedMessage
  readonly place: SourcePlace
  readonly hash: string
  /** It is the so-manieth of these octets that the source has for this mailbox; from 1. */
  readonly occurrence: number
}

/** What came of it all. */
export interface Placed {
  readonly added: number
  readonly present: number
  readonly linked: number
  readonly mailboxes: readonly ImportedMailbox[]
}

interface OpenMailbox {
  readonly mailbox: LocalMailbox
  readonly account: string
  readonly path: string
  readonly waiting: Waiting[]
  /** By hash: in the folder that is being read, and in the file of many messages. */
  occurrences: { readonly inFolder: Map<string, number>; inFile: Map<string, number> }
  added: number
}

/** Octets, and messages, that wait for being written at most, in all mailboxes together. */
const mostOctets = 2 ** 22
const mostMessages = 1000

/** Puts messages into local mailboxes. A mailbox that has a message as often as the file does, or the folder of such files, gets nothing:
 *  of a message that an mbox has twice there are two, and of one that two mboxes have there is one. */
export class LocalPlacer {
  readonly #store: ImportStore
  readonly #mail: MailText
  readonly #mailboxes = new Map<string, OpenMailbox>()
  readonly #count = { added: 0, present: 0, linked: 0 }
  #file: string | undefined
  #octets = 0
  #messages = 0

  constructor(store: ImportStore, mail: MailText) {
    this.#store = store
    this.#mail = mail
  }

  async beginFolder(): Promise<void> {
    await this.#flush()
    for (const mailbox of this.#mailboxes.values()) mailbox.occurrences = noOccurrences()
    this.#file = undefined
  }

  async place(message: PlacedMessage): Promise<void> {
    const hash = this.#mail.hash(message.octets)
    await this.#enter(message.within)
    for (const place of message.places) {
      const mailbox = await this.#open(place.account, place.mailbox)
      const { inFolder, inFile } = mailbox.occurrences
      const met = message.within === undefined ? inFolder : inFile
      const key = place.epoch === undefined ? hash : `${hash} ${place.epoch}`
      const occurrence = (met.get(key) ?? 0) + 1
      met.set(key, occurrence)
      mailbox.waiting.push({ message, place, hash, occurrence })
      this.#messages++
    }
    this.#octets += message.octets.length
    if (this.#octets >= mostOctets || this.#messages >= mostMessages) await this.#flush()
  }

  async finish(): Promise<Placed> {
    await this.#flush()
    const mailboxes: ImportedMailbox[] = []
    for (const { mailbox, account, path, added } of this.#mailboxes.values()) {
      await this.#store.finish(mailbox)
      mailboxes.push({ account, path, added })
    }
    return { ...this.#count, mailboxes }
  }

  /** What is placed counts for another file, and what waits does not. */
  async #enter(file: string | undefined): Promise<void> {
    if (file === this.#file) return
    await this.#flush()
    this.#file = file
    for (const { occurrences } of this.#mailboxes.values()) occurrences.inFile = new Map()
  }

  async #open(account: string, path: string): Promise<OpenMailbox> {
    const key = JSON.stringify([account, path])
    const known = this.#mailboxes.get(key)
    if (known !== undefined) return known
    const mailbox = await this.#store.openMailbox(account, path)
    const opened = { mailbox, account, path, waiting: [], occurrences: noOccurrences(), added: 0 }
    this.#mailboxes.set(key, opened)
    return opened
  }

  async #flush(): Promise<void> {
    for (const mailbox of this.#mailboxes.values()) {
      const waiting = mailbox.waiting.splice(0)
      if (waiting.length > 0) await this.#write(mailbox, waiting)
    }
    this.#octets = 0
    this.#messages = 0
  }

  async #write(mailbox: OpenMailbox, waiting: readonly Waiting[]): Promise<void> {
    const held = await this.#heldOf(mailbox, waiting)
    // Of those that wait together each counts for the next.
    const placed = new Map<string, number>()
    const wanted = waiting.flatMap((one, index) => {
      const found = held[index]
      if (one.occurrence <= Math.max(found?.placed ?? 0, placed.get(one.hash) ?? 0)) return []
      placed.set(one.hash, one.occurrence)
      return [toImport(one, found)]
    })
    const newContents = wanted.length === 0 ? 0 : await this.#store.add(mailbox.mailbox, wanted)
    mailbox.added += wanted.length
    this.#count.added += wanted.length
    this.#count.present += waiting.length - wanted.length
    this.#count.linked += wanted.length - newContents
  }

  /** What is held of each, under its own octets or under those of another form. */
  async #heldOf({ mailbox }: OpenMailbox, waiting: readonly Waiting[]): Promise<readonly (HeldMessage | undefined)[]> {
    const held = await this.#store.lookUp(
      mailbox,
      waiting.map(({ hash }) => hash),
    )
    const forms = waiting.flatMap(({ message }, index) =>
      held[index] === undefined
        ? Array.from(message.otherForms(), (form) => ({ index, hash: this.#mail.hash(form) }))
        : [],
    )
    if (forms.length === 0) return held
    const others = await this.#store.lookUp(
      mailbox,
      forms.map(({ hash }) => hash),
    )
    const all = [...held]
    forms.forEach(({ index }, order) => (all[index] ??= others[order]))
    return all
  }
}

function noOccurrences(): OpenMailbox['occurrences'] {
  return { inFolder: new Map(), inFile: new Map() }
}

function toImport({ message, place, hash }: Waiting, held: HeldMessage | undefined): MessageToImport {
  const { flags, labels, internalDate, isRemoved } = place
  return { octets: message.octets, sha256: hash, content: held?.content, flags, labels, internalDate, isRemoved }
}
