import { formatSequenceSet } from './sequence-set.ts'
import { firstAtOrAbove } from './stored-mailbox.ts'
import type { MailboxListener, StoredMailbox, StoredMessage } from './stored-mailbox.ts'

/** How updates are told to a session. */
export interface UpdateForm {
  /** VANISHED instead of EXPUNGE (RFC 7162 §3.2.7). */
  readonly vanished: boolean
  /** Flag updates carry MODSEQ (RFC 7162 §3.2). */
  readonly modseq: boolean
}

/** A mailbox as one session sees it: sequence numbers change only when `updates` has told so (RFC 9051 §5.5, §7.5.1). */
export class SelectedView implements MailboxListener {
  readonly mailbox: StoredMailbox
  readonly isReadOnly: boolean
  #messages: StoredMessage[]
  #arrived: StoredMessage[] = []
  #left = false
  #changed = new Set<StoredMessage>()
  #onChange: (() => void) | undefined

  constructor(mailbox: StoredMailbox, isReadOnly: boolean) {
    this.mailbox = mailbox
    this.isReadOnly = isReadOnly
    this.#messages = [...mailbox.messages]
    mailbox.listeners.add(this)
  }

  /** By sequence number from 0; some may be expunged already. */
  get messages(): readonly StoredMessage[] {
    return this.#messages
  }

  close(): void {
    this.mailbox.listeners.delete(this)
    this.#onChange = undefined
  }

  /** Calls back after each change, until it is called with undefined. */
  watch(onChange: (() => void) | undefined): void {
    this.#onChange = onChange
  }

  added(message: StoredMessage): void {
    // One below what the session has seen would shift sequence numbers: it shows when the mailbox is selected again.
    const last = this.#arrived.at(-1) ?? this.#messages.at(-1)
    if (last !== undefined && message.uid < last.uid) return
    this.#arrived.push(message)
    this.#onChange?.()
  }

  expunged(): void {
    this.#arrived = this.#arrived.filter((message) => !message.expunged)
    this.#left = true
    this.#onChange?.()
  }

  changed(messages: readonly StoredMessage[]): void {
    for (const message of messages) this.#changed.add(message)
    this.#onChange?.()
  }

  /** The session has been told of this message's flags already. */
  forgetChange(message: StoredMessage): void {
    this.#changed.delete(message)
  }

  /** Lines that bring the session up to date. Without `mayExpunge` sequence numbers keep their meaning. */
  *updates(form: UpdateForm, mayExpunge: boolean): Generator<string> {
    if (mayExpunge && this.#left) yield* this.#expungeLines(form)
    if (this.#arrived.length > 0) {
      this.#messages.push(...this.#arrived)
      this.#arrived = []
      yield `* ${this.#messages.length} EXISTS`
      yield '* 0 RECENT'
    }
    const changed = [...this.#changed]
    this.#changed = new Set()
    for (const message of changed) {
      const position = firstAtOrAbove(this.#messages, message.uid)
      if (message.expunged || this.#messages[position] !== message) continue
      const modseq = form.modseq ? ` MODSEQ (${message.modseq})` : ''
      yield `* ${position + 1} FETCH (UID ${message.uid} FLAGS (${message.flags.join(' ')})${modseq})`
    }
  }

  *#expungeLines(form: UpdateForm): Generator<string> {
    const leaving: number[] = []
    const numbers: number[] = []
    for (const [position, message] of this.#messages.entries()) {
      if (!message.expunged) continue
      // Each EXPUNGE renumbers what comes after it.
      numbers.push(position + 1 - numbers.length)
      leaving.push(message.uid)
    }
    this.#messages = this.#messages.filter((message) => !message.expunged)
    this.#left = false
    if (!form.vanished) for (const number of numbers) yield `* ${number} EXPUNGE`
    else if (leaving.length > 0) yield `* VANISHED ${formatSequenceSet(leaving)}`
  }
}
