import { capabilities } from './extensions.ts'
import { editLine, editRows } from './fault-edits.ts'
import { encodeRow } from './fetch-row.ts'
import { bad, no } from './command-refused.ts'
import type { Extension } from './extensions.ts'
import type { FaultAction } from './faults.ts'
import type { FetchRow } from './fetch-row.ts'
import type { InputLimits } from './command-reader.ts'
import type { MailStore } from './mail-store.ts'
import type { OctetSource } from './octet-source.ts'
import type { SelectedView } from './selected-view.ts'
import type { StoredMailbox } from './stored-mailbox.ts'
import type { WireOutput } from './wire-output.ts'

/** What all connections of a server share. */
export interface ServerState {
  readonly store: MailStore
  /** Name to password. */
  readonly users: Readonly<Record<string, string>>
  readonly extensions: ReadonlySet<Extension>
  readonly limits: InputLimits
  readonly latencyMs: number
}

export interface SessionOptions {
  readonly server: ServerState
  readonly source: OctetSource
  readonly output: WireOutput
  readonly isSecure: boolean
  /** undefined where there is no TLS to be had. */
  readonly startTls: StartTls | undefined
}

/** TLS on a connection that began without (RFC 9051 §6.2.1). */
export interface StartTls {
  /** From now on nothing is read that is not TLS. */
  prepare(): void
  /** After the answer has gone. */
  begin(): void
}

/** Octets of a response that may wait in memory. */
const maxQueuedOctets = 1024 * 1024

/** One connection's state, and how its commands answer. */
export class Session {
  readonly server: ServerState
  readonly source: OctetSource
  readonly output: WireOutput
  isSecure: boolean
  user: string | undefined
  /** LOGOUT has been answered. */
  isOver = false
  /** What the client has switched on: `CONDSTORE`, `QRESYNC`. */
  readonly enabled = new Set<string>()
  readonly #startTls: StartTls | undefined
  #isTlsDue = false
  #view: SelectedView | undefined
  #faults: readonly FaultAction[] = []

  constructor({ server, source, output, isSecure, startTls }: SessionOptions) {
    this.server = server
    this.source = source
    this.output = output
    this.isSecure = isSecure
    this.#startTls = startTls
  }

  get store(): MailStore {
    return this.server.store
  }

  has(extension: Extension): boolean {
    return this.server.extensions.has(extension)
  }

  get capabilities(): string {
    return capabilities(this.server.extensions, { isSecure: this.isSecure, isLoggedIn: this.user !== undefined })
  }

  /** The selected mailbox. NO when it has been deleted meanwhile. */
  get view(): SelectedView {
    if (this.#view === undefined) throw no('no mailbox is selected')
    if (!this.#view.mailbox.gone) return this.#view
    this.select(undefined)
    throw no('[NONEXISTENT] the mailbox has been deleted')
  }

  get isSelected(): boolean {
    return this.#view !== undefined
  }

  select(view: SelectedView | undefined): void {
    this.#view?.close()
    this.#view = view
  }

  /** A mailbox by the name that the client wrote. */
  mailbox(wirePath: string): StoredMailbox {
    const mailbox = this.store.findByWirePath(wirePath)
    if (mailbox === undefined) throw no(`[NONEXISTENT] there is no mailbox ${wirePath}`)
    return mailbox
  }

  selectableMailbox(wirePath: string): StoredMailbox {
    const mailbox = this.mailbox(wirePath)
    if (!mailbox.attributes.selectable) throw no(`[NONEXISTENT] ${wirePath} cannot be selected`)
    return mailbox
  }

  /** The faults that edit what the next command says. */
  useFaults(actions: readonly FaultAction[]): void {
    this.#faults = actions
  }

  /** An untagged line, a tagged one or a continuation; without CRLF. */
  send(line: string): void {
    const edited = editLine(line, this.#faults)
    if (edited !== undefined) this.output.write(`${edited}\r\n`)
  }

  /** FETCH rows, made one by one as the client takes them. */
  async sendRows(rows: Iterable<FetchRow>): Promise<void> {
    for (const row of editRows(rows, this.#faults)) {
      for (const chunk of encodeRow(row)) this.output.write(chunk)
      if (this.output.queued > maxQueuedOctets) await this.output.flush()
    }
  }

  /** Tells what has happened to the selected mailbox. EXPUNGE has its times (RFC 9051 §7.5.1). */
  sendUpdates(mayExpunge: boolean): void {
    const form = { vanished: this.enabled.has('QRESYNC'), modseq: this.enabled.has('CONDSTORE') }
    if (this.#view !== undefined) for (const line of this.#view.updates(form, mayExpunge)) this.send(line)
  }

  /** TLS begins once the running command has been answered. */
  askForTls(): void {
    if (this.isSecure || this.#startTls === undefined) throw bad('TLS cannot begin now')
    this.#isTlsDue = true
    this.#startTls.prepare()
  }

  beginTlsIfAsked(): void {
    if (!this.#isTlsDue) return
    this.#isTlsDue = false
    this.isSecure = true
    // What came in plain text behind STARTTLS could be anybody's.
    this.source.discard()
    this.#startTls?.begin()
  }

  /** The client has used CONDSTORE, which switches it on (RFC 7162 §3.1). */
  noteCondstore(): void {
    if (!this.has('CONDSTORE')) throw bad('CONDSTORE is not offered')
    this.enabled.add('CONDSTORE')
  }
}
